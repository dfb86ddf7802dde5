// Tells screen readers what has appeared. The regions are there before their text is, or it would not be read; they
// are apart from what is seen, so that a ticking clock or a growing count is not read out each time.

import type { Cancel, Clock } from "./clock";
import { h, write } from "./dom";

const PACE = 1000; // milliseconds between two texts in one region: a storm is read as a digest
const AT_ONCE = 3; // texts read in full; more are counted

class Region {
  readonly element: HTMLElement;
  readonly #clock: Clock;
  #texts: string[] = [];
  #timer: Cancel | null = null;

  constructor(clock: Clock, attributes: Record<string, string>) {
    this.#clock = clock;
    this.element = h("div", { class: "unseen", "aria-atomic": "true", ...attributes });
  }

  say(text: string): void {
    this.#texts.push(text);
    if (!this.#timer) this.#flush();
  }

  #flush(): void {
    this.#timer = null;
    const rest = this.#texts.length - AT_ONCE;
    const text = this.#texts.slice(0, AT_ONCE).join(". ") + (rest > 0 ? `. And ${rest} more.` : "");
    write(this.element, text); // emptied after a while, so that the same text again is a change
    if (!this.#texts.length) return;
    this.#texts = [];
    this.#timer = this.#clock.after(PACE, () => this.#flush());
  }

  stop(): void {
    this.#timer?.();
    this.#timer = null;
  }
}

export class Announcer {
  readonly #polite: Region;
  readonly #urgent: Region;

  constructor(clock: Clock) {
    this.#polite = new Region(clock, { role: "status", "aria-live": "polite" });
    this.#urgent = new Region(clock, { role: "alert", "aria-live": "assertive" });
  }

  get elements(): HTMLElement[] {
    return [this.#polite.element, this.#urgent.element];
  }

  say(text: string, urgent = false): void {
    (urgent ? this.#urgent : this.#polite).say(text);
  }

  stop(): void {
    this.#polite.stop();
    this.#urgent.stop();
  }
}
