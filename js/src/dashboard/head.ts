// The first line: the state in shape, word and colour, why it is so, and the way out; how far back one looks.

import type { Clock } from "../clock";
import { button, h, write } from "../dom";
import { stateGlyph } from "../glyphs";
import { ACTION, detail, LOGIN, type Shown, WAITING_FOR_KERNEL, word } from "../words";
import { type Numbers, RANGES, type Range } from "./wire";
import * as words from "./words";

/** Milliseconds after which a button that the kernel did not answer can be pressed again. */
const GIVE_UP = 10_000;

export class Head {
  readonly element: HTMLElement;
  readonly #sign = h("span", { class: "sign" });
  readonly #word = h("b", { "data-part": "word" });
  readonly #name = h("bdi", { class: "name" });
  readonly #detail = h("bdi");
  readonly #code = h("code", {}, LOGIN);
  readonly #standing = h("bdi", { class: "standing", "data-part": "standing" });
  readonly #choice = h("span", { class: "ranges", role: "group", "aria-label": words.RANGES_OF_TIME });
  readonly #action: HTMLButtonElement;
  readonly #ranges = new Map<Range, HTMLButtonElement>();
  #shown: Shown | null = null;
  readonly #clock: Clock;
  #since: number | null = null;
  /** When a button was pressed, and since when the state was that it was pressed in; null: none waits. */
  #asked: { at: number; since: number | null } | null = null;

  constructor(clock: Clock, pressed: (range: Range) => void, act: () => void) {
    this.#clock = clock;
    this.#action = button("button", "action", "", () => {
      if (this.#asked) return;
      this.#asked = { at: clock.now(), since: this.#since };
      act();
    });
    for (const range of Object.keys(RANGES) as Range[]) {
      const { label, title } = words.RANGE[range];
      this.#ranges.set(
        range,
        button("range", `range-${range}`, h("bdi", {}, label), () => pressed(range), { title }),
      );
    }
    this.#choice.append(...this.#ranges.values());
    const said = h("span", { class: "detail", "data-part": "detail" }, this.#detail, this.#code);
    const state = h("span", { class: "state" }, this.#sign, this.#word);
    this.element = h(
      "div",
      { class: "head" },
      state,
      this.#name,
      said,
      this.#action,
      this.#standing,
      this.#choice,
    );
  }

  draw(numbers: Numbers, now: number, gone: boolean, late: boolean, range: Range): void {
    const { status } = numbers;
    const shown: Shown = gone ? "gone" : status.state;
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.element.dataset.state = shown;
      this.#sign.replaceChildren(stateGlyph(shown));
    }
    this.#since = status.since;
    const asked = this.#asked;
    if (asked && (status.since !== asked.since || this.#clock.now() - asked.at > GIVE_UP)) this.#asked = null;
    const waits = this.#asked !== null;
    write(this.#word, word(shown, status, now).text);
    write(this.#name, numbers.name);
    // how long ago the last event was stands below, larger
    const said = shown === "open" ? "" : detail(shown, { ...status, now }, now).text;
    write(this.#detail, waits ? WAITING_FOR_KERNEL : said);
    this.#code.hidden = waits || (shown !== "unauthenticated" && shown !== "unauthorized");
    const action = ACTION[shown];
    this.#action.hidden = !action || action.quiet === true || numbers.virtual;
    this.#action.setAttribute("aria-disabled", String(waits));
    if (action) {
      write(this.#action, action.label);
      this.#action.title = action.title;
    }
    write(this.#standing, gone ? "" : words.standing(numbers, now, late));
    this.#choice.hidden = words.waiting(numbers) !== ""; // there is nothing to look back at
    for (const [name, one] of this.#ranges) one.setAttribute("aria-pressed", String(name === range));
  }
}
