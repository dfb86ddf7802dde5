// The player: keys, and a scrubber over a sketch of the recording. What is dragged is here at once, and in the kernel
// as soon as that has time; of several places the kernel goes to the last.

import { type Cancel, type Clock, Ticker } from "../clock";
import { button, h, onAbort, svg, write } from "../dom";
import { followTheme, hasNoKernel, keepKeys, Sight } from "../surroundings";
import tokens from "../tokens.css";
import {
  type Playback,
  type PlayerModel,
  position,
  readPlayback,
  readRefused,
  readSketch,
  type Sketch,
} from "./playback";
import css from "./replay.css";
import * as words from "./words";

const SPEEDS = [1, 2, 10, 60, 600, 0];
const SEEKS = 120; // milliseconds between two places that are asked for while it is dragged
const FRAME = 100; // milliseconds between two drawings while it plays
const GRIP = 1500; // milliseconds for which what was dragged counts more than what is told

export class Player {
  readonly #model: PlayerModel;
  readonly #clock: Clock;
  readonly #ticker: Ticker;
  readonly #play: HTMLButtonElement;
  readonly #step: HTMLButtonElement;
  readonly #speed = h("select", { class: "speed", "data-part": "speed", "aria-label": words.SPEED });
  readonly #at = h("span", { class: "at", "data-part": "position" });
  readonly #moment = h("span", { class: "moment" });
  readonly #words = h("span", { class: "said", role: "status" });
  readonly #track = h("div", { class: "track", "data-part": "track" });
  readonly #range = h("input", {
    class: "range",
    type: "range",
    min: "0",
    max: "1",
    step: "any",
    value: "0",
    "aria-label": words.POSITION,
    "data-part": "scrubber",
  });
  readonly #sign = glyph();
  #told: Playback;
  #since: number;
  #sketch: Sketch | null = null;
  #dragged: { at: number; until: number } | null = null;
  #asking: Cancel | null = null;

  constructor(model: PlayerModel, el: HTMLElement, signal: AbortSignal, clock: Clock) {
    this.#model = model;
    this.#clock = clock;
    this.#told = readPlayback(model.get("playback"));
    this.#since = clock.now();
    this.#play = button("button key", "play", this.#sign, () => this.toggle());
    this.#step = button("button key", "step", stepGlyph(), () => this.step(), {
      "aria-label": words.STEP,
      title: `${words.STEP} (.)`,
    });
    for (const times of SPEEDS) this.#speed.append(h("option", { value: String(times) }, words.speed(times)));
    this.#speed.addEventListener("change", () =>
      model.send({ do: "speed", speed: Number(this.#speed.value) }),
    );
    this.#range.addEventListener("input", () => this.#drag(Number(this.#range.value)));
    const keys = h(
      "div",
      { class: "keys" },
      this.#play,
      this.#step,
      this.#speed,
      this.#at,
      this.#moment,
      this.#words,
    );
    const scrubber = h("div", { class: "scrubber" }, this.#track, this.#range);
    const root = h(
      "div",
      { class: "root" },
      h(
        "div",
        { class: "player", role: "group", "aria-label": words.PLAYER, "data-part": "player" },
        keys,
        scrubber,
      ),
    );
    const host = h("div", { class: "sse-notebook" });
    host.attachShadow({ mode: "open" }).append(h("style", {}, tokens + css), root);
    el.append(host);
    root.addEventListener("keydown", (event) => this.#key(event));
    keepKeys(host, signal);
    followTheme(root, signal);
    this.#ticker = new Ticker(clock, () => this.#draw());
    const sight = new Sight(host, signal);
    sight.onChange(() => {
      this.#ticker.awake = sight.seen;
    });
    this.#ticker.awake = sight.seen;
    this.#listen("change:playback", signal, () => {
      this.#told = readPlayback(model.get("playback"));
      this.#since = clock.now();
      write(this.#words, "");
      this.#ticker.redraw();
    });
    this.#listen("msg:custom", signal, (content) => {
      const sketch = readSketch(content);
      if (sketch) {
        this.#sketch = sketch;
        this.#paint(sketch);
        this.#ticker.redraw();
      }
      const refused = readRefused(content);
      if (refused !== null) write(this.#words, refused);
    });
    const lost = () => {
      for (const key of [this.#play, this.#step, this.#speed, this.#range]) key.disabled = true;
      this.#told = { ...this.#told, playing: false };
      write(this.#words, words.NO_KERNEL);
      this.#ticker.redraw();
    };
    this.#listen("comm_live_update", signal, lost);
    if (hasNoKernel(el)) lost();
    else model.send({ do: "sketch" });
    this.#ticker.redraw();
    onAbort(signal, () => {
      this.#asking?.();
      this.#ticker.stop();
      host.remove();
    });
  }

  /** Plays, or pauses. Shown at once; the kernel may be busy. */
  toggle(): void {
    const { playing } = this.#told;
    this.#told = { ...this.#told, at: this.#now, playing: !playing };
    this.#since = this.#clock.now();
    this.#model.send({ do: playing ? "pause" : "play" });
    this.#ticker.redraw();
  }

  step(): void {
    this.#told = { ...this.#told, at: this.#now, playing: false };
    this.#model.send({ do: "step", n: 1 });
    this.#ticker.redraw();
  }

  get #now(): number {
    const now = this.#clock.now();
    if (this.#dragged && now >= this.#dragged.until) this.#dragged = null;
    if (this.#dragged) return this.#dragged.at;
    return position(this.#told, now - this.#since, this.#sketch?.duration ?? 0);
  }

  /** Shows the place at once; asks the kernel for it a few times a second, and for the last place always. */
  #drag(at: number): void {
    this.#dragged = { at, until: this.#clock.now() + GRIP };
    this.#asking ??= this.#clock.after(SEEKS, () => {
      this.#asking = null;
      if (this.#dragged) this.#model.send({ do: "seek", at: this.#dragged.at });
    });
    this.#ticker.redraw();
  }

  #key(event: KeyboardEvent): void {
    // a list has its own keys; a space presses the button that it is on
    if (event.target instanceof HTMLSelectElement) return;
    if (event.key === ".") this.step();
    else if (event.key === " " && !(event.target instanceof HTMLButtonElement)) this.toggle();
    else return;
    event.preventDefault();
  }

  #draw(): number | null {
    const { started, speed, playing, ended } = this.#told;
    const at = this.#now;
    const duration = this.#sketch?.duration ?? 0;
    const moves = playing && !(duration > 0 && at >= duration);
    const label = moves ? words.PAUSE : ended ? words.AGAIN : words.PLAY;
    this.#sign.dataset.playing = String(moves);
    if (this.#play.title !== label) {
      this.#play.title = label;
      this.#play.setAttribute("aria-label", label);
    }
    if (SPEEDS.includes(speed)) this.#speed.value = String(speed);
    else if (this.#speed.value !== String(speed)) {
      // one that was set in Python
      this.#speed.append(h("option", { value: String(speed) }, words.speed(speed)));
      this.#speed.value = String(speed);
    }
    const all = words.far(duration);
    write(this.#at, words.of(words.far(at), all));
    write(this.#moment, words.when(started + at));
    this.#range.max = String(Math.max(1, duration));
    this.#range.value = String(at);
    this.#range.setAttribute("aria-valuetext", words.spoken(words.far(at), all, words.when(started + at)));
    this.#track.style.setProperty("--at", duration > 0 ? `${((100 * at) / duration).toFixed(2)}%` : "0%");
    return moves || this.#dragged ? FRAME : null;
  }

  #paint(sketch: Sketch): void {
    const most = Math.max(1, ...sketch.all);
    const share = (ms: number): number => (sketch.duration > 0 ? (100 * ms) / sketch.duration : 0);
    const bars = sketch.all.map((n) => {
      const bar = h("i", { class: "bar" });
      bar.style.blockSize = n ? `${Math.max(6, (100 * n) / most).toFixed(1)}%` : "0";
      return bar;
    });
    const gaps = sketch.gaps.map(([start, end]) => {
      const gap = h("i", { class: "gap" });
      gap.style.insetInlineStart = `${share(start).toFixed(2)}%`;
      gap.style.inlineSize = `${Math.max(0.4, share(end - start)).toFixed(2)}%`;
      return gap;
    });
    const marks = sketch.marks.map(([at, text]) => {
      const mark = h("i", { class: "mark", title: words.mark(at, text) });
      mark.style.insetInlineStart = `${share(at).toFixed(2)}%`;
      return mark;
    });
    this.#track.replaceChildren(
      ...gaps,
      h("div", { class: "bars", role: "img", "aria-label": words.picture(sketch) }, ...bars),
      ...marks,
      h("i", { class: "played" }),
    );
  }

  #listen(event: string, signal: AbortSignal, fn: (content?: unknown) => void): void {
    this.#model.on(event, fn);
    onAbort(signal, () => this.#model.off(event, fn));
  }
}

/** A triangle, and two bars: which is seen, the style decides. */
const glyph = (): SVGSVGElement =>
  svg(
    "svg",
    { class: "glyph", viewBox: "0 0 12 12", width: "12", height: "12", "aria-hidden": "true" },
    svg("path", { class: "triangle", d: "M2.5 1.2 10.8 6 2.5 10.8Z", fill: "currentColor" }),
    svg("path", { class: "twobars", d: "M2.2 1.5h2.6v9H2.2ZM7.2 1.5h2.6v9H7.2Z", fill: "currentColor" }),
  );

const stepGlyph = (): SVGSVGElement =>
  svg(
    "svg",
    { class: "glyph", viewBox: "0 0 12 12", width: "12", height: "12", "aria-hidden": "true" },
    svg("path", { d: "M1.5 1.2 8 6 1.5 10.8ZM8.6 1.2h2v9.6h-2Z", fill: "currentColor" }),
  );
