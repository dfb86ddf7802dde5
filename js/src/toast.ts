// One toast on the screen: its card, its coming and its going.

import type { Cancel, Clock } from "./clock";
import { h, slot, write } from "./dom";
import { crossGlyph, severityGlyph } from "./glyphs";
import type { Severity, ToastData } from "./traits";
import { ago, dismiss, SEVERITY, times } from "./words";

/** Milliseconds for leaving; the style sheet's `--leave` is the same. */
export const LEAVE = 180;
/** A toast that is older says how old it is: it was held while nobody looked. */
const OLD = 60_000;

export class ToastCard {
  /** The item in the list; it stands in its place as long as it lives. */
  readonly element: HTMLElement;
  readonly #clock: Clock;
  readonly #icon = h("span", { class: "icon" });
  readonly #kind = h("span", { class: "unseen" });
  readonly #title = slot("title", "title");
  readonly #times = h("bdi", { class: "times", "data-part": "times" });
  readonly #age = h("bdi", { class: "age", "data-part": "age" });
  readonly #text = slot("text", "text");
  readonly #close = h("button", { type: "button", class: "close", "data-part": "close" }, crossGlyph());
  readonly #card: HTMLElement;
  #place = 0;
  #severity: Severity | null = null;
  #leaving: Cancel | null = null;

  constructor(clock: Clock, toast: ToastData, dismissed: () => void) {
    this.#clock = clock;
    const what = h("span", { class: "what" }, this.#title.place, this.#times);
    const heading = h("div", { class: "heading" }, this.#kind, what, this.#age);
    this.#card = h(
      "div",
      { class: "toast", "data-part": "toast", "data-toast-id": String(toast.id) },
      this.#icon,
      heading,
      this.#close,
      this.#text.place,
    );
    this.element = h("li", { class: "slot", "data-phase": "entering" }, this.#card);
    this.#close.addEventListener("click", dismissed);
    this.#card.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      dismissed();
    });
  }

  /** Which of the places below the bar it has, from 0; the style sheet knows where that is. */
  get place(): number {
    return this.#place;
  }

  set place(place: number) {
    this.#place = place;
    this.element.dataset.place = String(place);
  }

  /** Writes what the toast says, at `now` by the kernel's clock; returns how long its age stays true. */
  draw(toast: ToastData, now: number): number | null {
    if (toast.severity !== this.#severity) {
      this.#severity = toast.severity;
      this.#card.dataset.severity = toast.severity;
      this.#icon.replaceChildren(severityGlyph(toast.severity));
      write(this.#kind, `${SEVERITY[toast.severity]}: `);
    }
    write(this.#title.text, toast.title);
    this.#title.place.title = toast.title; // a card has a bounded size: all of it is a pointer away
    write(this.#times, times(toast.count));
    this.#times.hidden = toast.count < 2;
    write(this.#text.text, toast.text);
    this.#text.place.title = toast.text;
    this.#text.place.hidden = toast.text === "";
    this.#close.setAttribute("aria-label", dismiss(toast.title));
    const past = now - toast.at;
    const age = past < OLD ? { text: "", next: OLD - past } : ago(past);
    write(this.#age, age.text);
    this.#age.hidden = age.text === "";
    return age.next;
  }

  /** Comes, or comes back from where its leaving has got to. */
  enter(): void {
    this.#leaving?.();
    this.#leaving = null;
    void this.element.offsetHeight; // the state before is real, so there is something to move from
    this.element.dataset.phase = "open";
    this.element.inert = false;
  }

  /** Goes; `gone` is called when it is out of sight. */
  leave(gone: () => void): void {
    if (this.#leaving) return;
    this.element.dataset.phase = "leaving";
    this.element.inert = true; // no second press, and nothing of it is read
    this.#leaving = this.#clock.after(LEAVE, gone);
  }

  /** Away at once: the view has lost the toasts, or its life. */
  remove(): void {
    this.#leaving?.();
    this.element.remove();
  }

  focus(): void {
    this.#close.focus();
  }
}
