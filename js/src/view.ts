// One view of a session: a shadow root with the bar and the toasts, alive until its signal aborts.

import { Announcer } from "./announcer";
import { type Cancel, Ticker } from "./clock";
import type { Member } from "./crowd";
import { h, onAbort } from "./dom";
import { GRACE, Indicator } from "./indicator";
import { Panel } from "./panel";
import type { Session } from "./session";
import { followTheme, hasNoKernel, keepKeys, Sight } from "./surroundings";
import { Toasts } from "./toasts";
import tokens from "./tokens.css";
import type { Part } from "./traits";
import css from "./widget.css";
import { ALARM, MUTE_SECONDS, type Shown, spoken } from "./words";

export function mount(session: Session, el: HTMLElement, signal: AbortSignal): void {
  if (signal.aborted) return;
  new View(session, el, signal);
}

class View implements Member {
  readonly #session: Session;
  readonly #sight: Sight;
  readonly #announcer: Announcer;
  readonly #indicator: Indicator;
  readonly #timeline: Panel;
  readonly #toasts: Toasts;
  readonly #panel: Panel;
  readonly #bar: Ticker;
  readonly #ages: Ticker;
  #told: Shown;
  #telling: Cancel | null = null;

  constructor(session: Session, el: HTMLElement, signal: AbortSignal) {
    this.#session = session;
    const { clock, time, crowd, part } = session;
    this.#announcer = new Announcer(clock);
    const gone = () => session.gone;
    this.#panel = new Panel("feed", session.loader, session.model, gone, signal);
    this.#timeline = new Panel("timeline", session.loader, session.model, gone, signal);
    const alone = part === "toasts";
    this.#indicator = new Indicator(
      clock,
      part === "compact",
      {
        send: (request) => session.send(request),
        changed: () => this.#bar.redraw(),
        hush: () => {
          crowd.hushed = true;
        },
        unfold: () => this.#timeline.toggle(),
      },
      ...(part === "all" ? this.#panel.buttons : []),
    );
    this.#toasts = new Toasts(
      clock,
      crowd,
      this.#announcer,
      {
        show: (seq) => this.#panel.show(seq),
        mute: (type, resource) => session.mute(type, resource, MUTE_SECONDS),
        unmute: (type, resource) => session.unmute(type, resource),
        act: (toast, label, seq) => session.send({ do: "action", toast, label, seq }),
        onward: () => this.#indicator.focus(),
      },
      signal,
      ...(alone ? this.#panel.buttons : []),
    );
    session.onActed((toast, label, done) => this.#toasts.acted(toast, label, done), signal);
    this.#bar = new Ticker(clock, () => {
      this.#panel.draw();
      return this.#indicator.draw(session.status, session.gone, time.now(), crowd.hushed);
    });
    this.#ages = new Ticker(clock, () => this.#toasts.draw(crowd.presents(this), time.now()));
    this.#told = session.status.state;

    const bar = [this.#indicator.element, this.#timeline.element];
    const shown: Record<Part, HTMLElement[]> = {
      all: [...bar, this.#panel.element, this.#toasts.element],
      indicator: bar,
      compact: bar,
      toasts: [this.#toasts.element, this.#panel.element],
    };
    const root = h("div", { class: "root", "data-shows": part }, ...shown[part], ...this.#announcer.elements);
    const host = h("div", { class: "sse-notebook" });
    host.attachShadow({ mode: "open" }).append(h("style", {}, tokens + css), root);
    el.append(host);

    this.#sight = new Sight(host, signal);
    keepKeys(host, signal);
    followTheme(root, signal);
    if (hasNoKernel(el)) session.lose();
    crowd.join(this, signal);
    this.#sight.onChange(() => this.#look());
    this.#look();
    this.#bar.redraw();
    this.#ages.redraw();
    onAbort(signal, () => this.#end(host));
  }

  get seen(): boolean {
    return this.#sight.seen;
  }

  get toasting(): boolean {
    return this.#session.part === "all" || this.#session.part === "toasts";
  }

  status(): void {
    this.#bar.redraw();
    this.#tell();
  }

  toasts(): void {
    this.#ages.redraw();
  }

  #look(): void {
    this.#bar.awake = this.seen;
    this.#ages.awake = this.seen;
    this.#session.crowd.elect();
    if (!this.seen) this.#toasts.unseen();
  }

  get #shown(): Shown {
    return this.#session.gone ? "gone" : this.#session.status.state;
  }

  /** Reads out a change of state, in one view only, not each attempt of a long series, and no short drop. */
  #tell(): void {
    const shown = this.#shown;
    if (shown === "connecting" || (this.#telling && ALARM.has(shown))) return;
    this.#hold();
    if (shown === this.#told) return;
    const say = () => {
      this.#telling = null;
      this.#told = this.#shown === "connecting" ? shown : this.#shown;
      if (this.#session.crowd.speaks(this)) this.#announcer.say(spoken(this.#told, this.#session.status));
    };
    if (ALARM.has(shown)) this.#telling = this.#session.clock.after(GRACE, say);
    else say();
  }

  #hold(): void {
    this.#telling?.();
    this.#telling = null;
  }

  #end(host: HTMLElement): void {
    this.#hold();
    this.#bar.stop();
    this.#ages.stop();
    this.#toasts.stop();
    this.#announcer.stop();
    host.remove();
  }
}
