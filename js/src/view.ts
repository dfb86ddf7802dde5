// One view of a session: a shadow root with the bar and the toasts, alive until its signal aborts.

import { Announcer } from "./announcer";
import { Ticker } from "./clock";
import { h } from "./dom";
import { Indicator } from "./indicator";
import { Panel } from "./panel";
import type { Member, Session } from "./session";
import { followTheme, hasNoKernel, keepKeys, Sight } from "./surroundings";
import { Toasts } from "./toasts";
import tokens from "./tokens.css";
import css from "./widget.css";
import { type Shown, spoken } from "./words";

export function mount(session: Session, el: HTMLElement, signal: AbortSignal): void {
  if (signal.aborted) return;
  new View(session, el, signal);
}

class View implements Member {
  readonly #session: Session;
  readonly #sight: Sight;
  readonly #announcer: Announcer;
  readonly #indicator: Indicator;
  readonly #toasts: Toasts;
  readonly #panel: Panel;
  readonly #bar: Ticker;
  readonly #ages: Ticker;
  #told: Shown;

  constructor(session: Session, el: HTMLElement, signal: AbortSignal) {
    this.#session = session;
    const { clock, time } = session;
    this.#announcer = new Announcer(clock);
    this.#panel = new Panel(session.loader, session.model, () => session.gone, signal);
    this.#indicator = new Indicator(
      clock,
      (request) => session.send(request),
      () => this.#bar.redraw(),
      ...this.#panel.buttons,
    );
    this.#toasts = new Toasts(clock, session.queue, this.#announcer, () => this.#indicator.focus());
    this.#bar = new Ticker(clock, () => {
      this.#panel.draw();
      return this.#indicator.draw(session.status, session.gone, time.now());
    });
    this.#ages = new Ticker(clock, () => this.#toasts.draw(session.presents(this), time.now()));
    this.#told = session.status.state;

    const root = h(
      "div",
      { class: "root" },
      this.#indicator.element,
      this.#panel.element,
      this.#toasts.element,
      ...this.#announcer.elements,
    );
    const host = h("div", { class: "sse-notebook" });
    host.attachShadow({ mode: "open" }).append(h("style", {}, tokens + css), root);
    el.append(host);

    this.#sight = new Sight(host, signal);
    keepKeys(host, signal);
    followTheme(root, signal);
    if (hasNoKernel(el)) session.lose();
    session.join(this, signal);
    this.#sight.onChange(() => this.#look());
    this.#look();
    this.#bar.redraw();
    this.#ages.redraw();
    signal.addEventListener("abort", () => this.#end(host), { once: true });
  }

  get seen(): boolean {
    return this.#sight.seen;
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
    this.#session.elect();
  }

  /** Reads out a change of state, in one view only, and not each attempt of a long series. */
  #tell(): void {
    const shown = this.#session.gone ? "gone" : this.#session.status.state;
    if (shown === this.#told || shown === "connecting" || !this.#session.presents(this)) return;
    this.#told = shown;
    this.#announcer.say(spoken(shown, this.#session.status));
  }

  #end(host: HTMLElement): void {
    this.#bar.stop();
    this.#ages.stop();
    this.#toasts.stop();
    this.#announcer.stop();
    host.remove();
  }
}
