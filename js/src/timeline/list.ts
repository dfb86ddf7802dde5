// What the connection went through, newest first: asked of the kernel when it is opened, and again when the state moves.

import { type Clock, KernelTime, Ticker } from "../clock";
import { h, write } from "../dom";
import { stateGlyph } from "../glyphs";
import { followTheme, keepKeys, Sight } from "../surroundings";
import tokens from "../tokens.css";
import { type Change, type Model, readStatus, readTimeline } from "../traits";
import { lasted, NO_TIMELINE, TIMELINE, WAITING_FOR_TIMELINE, WORD } from "../words";
import css from "./timeline.css";

export class Timeline {
  readonly #model: Model;
  readonly #time: KernelTime;
  readonly #ticker: Ticker;
  readonly #list = h("ol", { class: "changes" });
  readonly #words = h("p", { class: "waiting", role: "status" });
  #changes: Change[] | null = null;
  #asked = "";

  constructor(model: Model, el: HTMLElement, signal: AbortSignal, gone: boolean, clock: Clock) {
    this.#model = model;
    this.#time = new KernelTime(clock);
    this.#ticker = new Ticker(clock, () => this.#draw());
    const box = h(
      "div",
      { class: "timeline", role: "region", tabindex: "0", "aria-label": TIMELINE, "data-part": "timeline" },
      this.#words,
      this.#list,
    );
    const root = h("div", { class: "root" }, box);
    const host = h("div", { class: "sse-notebook" });
    host.attachShadow({ mode: "open" }).append(h("style", {}, tokens + css), root);
    el.append(host);
    keepKeys(host, signal);
    followTheme(root, signal);
    const sight = new Sight(host, signal);
    sight.onChange(() => {
      this.#ticker.awake = sight.seen;
    });
    this.#listen("change:status", signal, () => this.#ask());
    this.#listen("msg:custom", signal, (content) => {
      const changes = readTimeline(content);
      if (!changes) return;
      this.#changes = changes;
      this.#ticker.redraw();
    });
    write(this.#words, gone ? NO_TIMELINE : WAITING_FOR_TIMELINE);
    if (!gone) this.#ask();
    this.#ticker.awake = sight.seen;
    signal.addEventListener(
      "abort",
      () => {
        this.#ticker.stop();
        host.remove();
      },
      { once: true },
    );
  }

  /** Asks, if the state has moved since it was asked. */
  #ask(): void {
    const { state, since, now } = readStatus(this.#model.get("status"));
    if (now !== null) this.#time.live(now);
    if (this.#asked === `${state} ${since}`) return;
    this.#asked = `${state} ${since}`;
    this.#model.send({ do: "timeline" });
  }

  #draw(): number | null {
    this.#words.hidden = this.#changes !== null;
    const rows = [...(this.#changes ?? [])].reverse();
    while (this.#list.children.length > rows.length) this.#list.lastElementChild?.remove();
    rows.forEach((change, at) => {
      const row = (this.#list.children[at] as HTMLElement | undefined) ?? this.#list.appendChild(makeRow());
      fill(row, change, this.#time.now());
    });
    return rows.length ? 1000 : null;
  }

  #listen(event: string, signal: AbortSignal, fn: (content?: unknown) => void): void {
    this.#model.on(event, fn);
    signal.addEventListener("abort", () => this.#model.off(event, fn), { once: true });
  }
}

const makeRow = (): HTMLElement =>
  h(
    "li",
    { class: "change" },
    h("span", { class: "sign" }),
    h("b"),
    h("span", { class: "cause" }, h("bdi")),
    h("span", { class: "long" }),
    h("time"),
  );

function fill(row: HTMLElement, change: Change, now: number): void {
  const [sign, word, cause, long, time] = [...row.children] as [
    Element,
    Element,
    HTMLElement,
    Element,
    Element,
  ];
  const { at, long: took } = lasted(change, now);
  if (row.dataset.state !== change.state) {
    row.dataset.state = change.state;
    sign.replaceChildren(stateGlyph(change.state));
    write(word, WORD[change.state]);
  }
  if (cause.firstElementChild) write(cause.firstElementChild, change.cause);
  cause.title = change.cause;
  write(long, took);
  write(time, at);
}
