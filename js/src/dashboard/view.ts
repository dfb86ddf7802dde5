// One view of a dashboard: a shadow root with all of it, alive until its signal aborts.

import { type Clock, Ticker } from "../clock";
import { h, onAbort, write } from "../dom";
import { followTheme, hasNoKernel, keepKeys, Sight } from "../surroundings";
import tokens from "../tokens.css";
import { SEVERITIES } from "../traits";
import { number } from "../words";
import { type Bar, Bars } from "./bars";
import { Cursor } from "./cursor";
import css from "./dashboard.css";
import { Figures } from "./figures";
import { Head } from "./head";
import { Moment } from "./moment";
import { Plot } from "./plot";
import { rate, ticks, type Window, windowOf } from "./series";
import { Strip } from "./strip";
import { type Ask, type DashboardModel, Numbers, PARTS, type Range } from "./wire";
import * as words from "./words";

export interface Mounted {
  model: DashboardModel;
  el: HTMLElement;
  signal: AbortSignal;
  clock: Clock;
}

/** The kernel forgets after ten minutes who has not said that he still looks. */
const RENEW = 240_000;
const REDRAW = 1000;

let views = 0;

export function mount(mounted: Mounted): void {
  if (!mounted.signal.aborted) new Dashboard(mounted);
}

class Dashboard {
  readonly #model: DashboardModel;
  readonly #id: string;
  readonly #numbers = new Numbers();
  readonly #moment: Moment;
  readonly #ticker: Ticker;
  readonly #lease: Ticker;
  readonly #head: Head;
  readonly #figures = new Figures();
  readonly #plots = [new Plot("events", words.EVENTS), new Plot("bytes", words.BYTES)] as const;
  readonly #strip = new Strip();
  readonly #axis = h("div", { class: "axis", "aria-hidden": "true" });
  readonly #legend = h("p", { class: "legend", dir: "ltr", "aria-hidden": "true" });
  readonly #cursor = new Cursor((chosen) => {
    this.#legend.hidden = chosen;
  });
  readonly #severities = new Bars("severities");
  readonly #types = new Bars("types");
  readonly #fate = new Bars("fate");
  readonly #empty = h("p", { class: "empty", "data-part": "empty" });
  readonly #over: HTMLElement;
  readonly #kinds: HTMLElement;
  readonly #card: HTMLElement;
  #range: Range = "seconds";
  #gone = false;

  constructor({ model, el, signal, clock }: Mounted) {
    this.#model = model;
    this.#moment = new Moment(clock);
    views += 1;
    this.#id = `${clock.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}-${views}`;
    this.#head = new Head(
      clock,
      (range) => {
        this.#range = range;
        this.#ticker.redraw();
      },
      () => {
        this.#send({ do: "reconnect" });
        this.#ticker.redraw();
      },
    );
    for (const [tone, text] of Object.entries(words.LEGEND))
      this.#legend.append(h("span", { "data-tone": tone }, text));
    const rows = [...this.#plots, this.#strip];
    rows.forEach(({ label, element, peak }, at) => {
      for (const one of [label, element, peak]) one.dataset.row = String(at + 1);
    });
    this.#over = h(
      "div",
      { class: "over", "data-part": "over" },
      ...rows.flatMap(({ label, element, peak }) => [label, element, peak]),
      this.#axis,
      this.#cursor.element,
      this.#legend,
      this.#cursor.readout,
    );
    this.#kinds = h(
      "div",
      { class: "kinds" },
      this.#severities.element,
      this.#types.element,
      this.#fate.element,
    );
    this.#card = h(
      "div",
      { class: "card", role: "group", "data-part": "dashboard" },
      this.#head.element,
      this.#figures.element,
      this.#empty,
      this.#over,
      this.#kinds,
    );
    this.#ticker = new Ticker(clock, () => this.#draw());
    this.#lease = new Ticker(clock, () => {
      this.#send({ do: "look", view: this.#id });
      return RENEW;
    });

    const root = h("div", { class: "root" }, this.#card);
    const host = h("div", { class: "sse-notebook" });
    host.attachShadow({ mode: "open" }).append(h("style", {}, tokens + css), root);
    el.append(host);
    keepKeys(host, signal);
    followTheme(root, signal);
    this.#gone = hasNoKernel(el);
    if (this.#numbers.all(model.get("told"))) this.#tell(true);
    this.#listen("change:told", signal, () => {
      if (this.#numbers.all(model.get("told"))) this.#tell();
    });
    this.#listen("msg:custom", signal, (content) => {
      if (this.#numbers.news((content as { news?: unknown } | undefined)?.news)) this.#tell();
    });
    this.#listen("comm_live_update", signal, () => {
      this.#gone = true;
      this.#ticker.redraw();
    });
    const sight = new Sight(host, signal);
    const look = () => {
      this.#ticker.awake = sight.seen;
      if (!this.#gone) this.#lease.awake = sight.seen;
      if (!sight.seen) this.#send({ do: "away", view: this.#id });
    };
    sight.onChange(look);
    look();
    this.#ticker.redraw();
    onAbort(signal, () => {
      this.#send({ do: "away", view: this.#id });
      this.#ticker.stop();
      this.#lease.stop();
      host.remove();
    });
  }

  /** Something was told. */
  #tell(stored = false): void {
    const { now, tempo, virtual } = this.#numbers;
    if (now !== null && stored) this.#moment.stored(now);
    else if (now !== null) this.#moment.live(now, virtual ? tempo : null);
    if (!stored) this.#gone = false; // whoever sends is there
    this.#ticker?.redraw();
  }

  #draw(): number | null {
    const numbers = this.#numbers;
    const closed = numbers.status.state === "closed";
    if (this.#gone || closed) this.#moment.stop();
    else this.#moment.go();
    const now = this.#moment.now();
    const late = this.#moment.late;
    this.#card.setAttribute("aria-label", words.DASHBOARD(numbers.name));
    this.#head.draw(numbers, now, this.#gone, late, this.#range);
    this.#figures.draw(numbers, now);
    const waits = words.waiting(numbers);
    write(this.#empty, waits);
    this.#empty.hidden = waits === "";
    this.#over.hidden = waits !== "";
    this.#kinds.hidden = waits !== "";
    if (waits === "") {
      this.#drawOver(windowOf(numbers, this.#range, now), now);
      this.#drawKinds();
    }
    return this.#gone || closed ? null : REDRAW;
  }

  #drawOver(window: Window, now: number): void {
    const numbers = this.#numbers;
    const [events, bytes] = this.#plots;
    events.draw(window, rate(numbers, now, "events"));
    bytes.draw(window, rate(numbers, now, "bytes"));
    const { stays } = numbers;
    const summary = words.connections(numbers.reconnects, numbers.totals.gaps);
    this.#strip.draw(window, stays, summary, words.because(numbers.reconnects));
    const marks = ticks(window).filter(({ place }) => place > 0.03 && place < 0.97);
    this.#axis.replaceChildren(
      ...marks.map(({ at, place, fine }) => {
        const one = h("span", {}, words.time(at, fine));
        one.style.left = `${100 * place}%`;
        return one;
      }),
    );
    this.#cursor.draw(window, stays);
  }

  #drawKinds(): void {
    const { severities, types, others, rows, totals } = this.#numbers;
    const bySeverity = SEVERITIES.map(
      (name, at): Bar => ({
        key: name,
        name,
        n: severities[at] ?? 0,
        tone: name,
        ours: true,
      }),
    ).reverse();
    this.#severities.draw(words.bySeverity(rows), bySeverity, rows);
    const byType = types.map(([name, n], at): Bar => ({ key: `${at}`, name, n }));
    if (others.kinds)
      byType.push({ key: "others", name: words.others(others.kinds), n: others.rows, ours: true });
    this.#types.draw(words.BY_TYPE, byType, rows);
    const fate: Bar[] = [
      { key: "received", name: words.RECEIVED, n: totals.received, ours: true, tone: "all" },
    ];
    let after = 0;
    for (const part of PARTS) {
      const { label, title } = words.FATES[part];
      fate.push({ key: part, name: label, n: totals[part], title, after, ours: true, tone: part });
      after += totals[part];
    }
    const { received, shown, suppressed } = totals;
    const exact = words.toasts(shown, suppressed, number);
    this.#fate.draw(words.FATE, fate, received, words.toasts(shown, suppressed), exact);
  }

  #send(ask: Ask): void {
    try {
      this.#model.send(ask);
    } catch {
      // The comm is closed, as when its notebook is: there is nobody to ask, and this may be our end.
    }
  }

  #listen(event: string, signal: AbortSignal, fn: (content?: unknown) => void): void {
    this.#model.on(event, fn);
    onAbort(signal, () => this.#model.off(event, fn));
  }
}
