// A moment that a person points at, or goes to by keys, in all pictures at once; and what is known of it, in words.

import { h, write } from "../dom";
import type { Window } from "./series";
import type { Stay } from "./wire";
import * as words from "./words";

export class Cursor {
  /** Lies over the pictures. */
  readonly element = h("div", {
    class: "cursor",
    role: "slider",
    tabindex: "0",
    "aria-label": words.CURSOR,
    "data-part": "cursor",
  });
  readonly readout = h("p", { class: "readout", dir: "ltr", "aria-hidden": "true", "data-part": "readout" });
  readonly #line = h("i");
  #window: Window | null = null;
  #stays: Stay[] = [];
  /** The second that is pointed at. */
  #at: number | null = null;
  readonly #chosen: (chosen: boolean) => void;

  /** `chosen` is told whether there is such a moment. */
  constructor(chosen: (chosen: boolean) => void) {
    this.#chosen = chosen;
    this.readout.hidden = true;
    this.element.append(this.#line);
    this.element.addEventListener("pointermove", (event) => this.#point(event));
    this.element.addEventListener("pointerdown", (event) => this.#point(event));
    this.element.addEventListener("pointerleave", () => {
      if (!this.element.matches(":focus-visible")) this.#go(null);
    });
    this.element.addEventListener("focus", () => this.element.matches(":focus-visible") && this.#key("End"));
    this.element.addEventListener("blur", () => this.#go(null));
    this.element.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.#key(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  draw(window: Window, stays: Stay[]): void {
    this.#window = window;
    this.#stays = stays;
    const { start, end, width, buckets } = window;
    const index = this.#at === null ? -1 : Math.floor((this.#at - start / 1000) / width);
    const inside = index >= 0 && index < buckets.length;
    if (this.#at !== null && !inside) this.#at = null; // it has gone out of the picture
    this.#line.hidden = !inside;
    this.element.setAttribute("aria-valuemin", "0");
    this.element.setAttribute("aria-valuemax", String(buckets.length - 1));
    this.element.setAttribute("aria-valuenow", String(inside ? index : buckets.length - 1));
    const at = start + (inside ? index : buckets.length - 1) * width * 1000;
    const [low, high] = [at, at + width * 1000];
    const stay = stays.filter((one) => one.start < high && (one.end ?? end) > low).at(-1);
    const dark = window.dark.find((hole) => hole.start < high && (hole.end ?? end) > low);
    const said = words.told(at, width, buckets[inside ? index : buckets.length - 1] ?? null, stay, dark);
    this.#line.style.left = `${(100 * (index + 0.5)) / buckets.length}%`;
    // While nobody has chosen a moment it stays what it was: a slider that talks by itself is no help to anybody.
    if (inside || !this.element.hasAttribute("aria-valuetext"))
      this.element.setAttribute("aria-valuetext", said);
    write(this.readout, inside ? said : "");
    this.readout.hidden = !inside;
    this.#chosen(inside);
  }

  #point(event: PointerEvent): void {
    if (!this.#window) return;
    const { left, width } = this.element.getBoundingClientRect();
    const { buckets, width: wide, start } = this.#window;
    const index = Math.floor(((event.clientX - left) / (width || 1)) * buckets.length);
    this.#go(start / 1000 + Math.max(0, Math.min(buckets.length - 1, index)) * wide);
  }

  #key(name: string): boolean {
    if (!this.#window) return false;
    const { buckets, width, start } = this.#window;
    const last = start / 1000 + (buckets.length - 1) * width;
    const at = this.#at ?? last;
    const to: Record<string, number | null> = {
      ArrowLeft: at - width,
      ArrowRight: at + width,
      ArrowDown: at - width,
      ArrowUp: at + width,
      PageDown: at - 10 * width,
      PageUp: at + 10 * width,
      Home: start / 1000,
      End: last,
      Escape: null,
    };
    if (!(name in to)) return false;
    const wanted = to[name] ?? null;
    this.#go(wanted === null ? null : Math.max(start / 1000, Math.min(last, wanted)));
    return true;
  }

  #go(at: number | null): void {
    if (at === this.#at) return;
    this.#at = at;
    if (this.#window) this.draw(this.#window, this.#stays);
  }
}
