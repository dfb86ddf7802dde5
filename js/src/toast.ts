// One toast on the screen: its card, what can be done with it, its coming and its going.

import type { Cancel, Clock } from "./clock";
import { button, h, slot, write } from "./dom";
import { crossGlyph, severityGlyph } from "./glyphs";
import type { Severity, ToastData } from "./traits";
import { acted, ago, CANCEL, COPY, copied, dismiss, MUTE, MUTE_FOR, SEVERITY, SHOW, times } from "./words";

/** Milliseconds for leaving; the style sheet's `--leave` is the same. */
export const LEAVE = 180;
/** A toast that is older says how old it is: it was held while nobody looked. */
const OLD = 60_000;
/** Milliseconds that a button says what it has done. */
const SAID = 1600;
/** Pixels that a finger moves a card until it goes. */
const FAR = 72;

/** What a card asks of those who have it. */
export interface Doing {
  dismiss(): void;
  show(seq: number): void;
  mute(type: string, resource: string): void;
  act(label: string, seq: number | null): void;
}

export class ToastCard {
  /** The item in the list; it stands in its place as long as it lives. */
  readonly element: HTMLElement;
  readonly #clock: Clock;
  readonly #doing: Doing;
  readonly #icon = h("span", { class: "icon" });
  readonly #kind = h("span", { class: "unseen" });
  readonly #title = slot("title", "title");
  readonly #times = h("bdi", { class: "times", "data-part": "times" });
  readonly #age = h("bdi", { class: "age", "data-part": "age" });
  readonly #text = slot("text", "text");
  readonly #close = button("close", "close", crossGlyph(), () => this.#doing.dismiss());
  readonly #actions = h("div", { class: "actions", "data-part": "actions" });
  readonly #card: HTMLElement;
  readonly #timers = new Set<Cancel>();
  #place = 0;
  #severity: Severity | null = null;
  #leaving: Cancel | null = null;
  #toast: ToastData;
  /** Whether the buttons are those that say what to mute. */
  #muting = false;
  /** What the buttons were made for. */
  #made = "";

  constructor(clock: Clock, toast: ToastData, doing: Doing) {
    this.#clock = clock;
    this.#toast = toast;
    this.#doing = doing;
    const what = h("span", { class: "what" }, this.#title.place, this.#times);
    const heading = h("div", { class: "heading" }, this.#kind, what, this.#age);
    this.#card = h(
      "div",
      { class: "toast", "data-part": "toast", "data-toast-id": String(toast.id) },
      this.#icon,
      heading,
      this.#close,
      this.#text.place,
      this.#actions,
    );
    this.element = h("li", { class: "slot", "data-phase": "entering" }, this.#card);
    this.#card.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      if (this.#muting) this.#choose(false);
      else doing.dismiss();
    });
    swipe(this.#card, () => doing.dismiss());
  }

  /** Which of the places below the bar it has, from 0; the style sheet knows where that is. */
  get place(): number {
    return this.#place;
  }

  set place(place: number) {
    this.#place = place;
    this.element.style.setProperty("--at", String(place));
  }

  /** Writes what the toast says, at `now` by the kernel's clock; returns how long its age stays true. */
  draw(toast: ToastData, now: number): number | null {
    this.#toast = toast;
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
    this.#buttons();
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
    for (const cancel of this.#timers) cancel();
    this.element.remove();
  }

  focus(): void {
    this.#close.focus();
  }

  /** A button of the user's own has done its work, or could not. */
  acted(label: string, done: boolean): void {
    for (const button of this.#actions.querySelectorAll("button"))
      if (button.dataset.label === label) this.#say(button, acted(label, done), label);
  }

  // -- the buttons

  /** Made anew only when they are other ones, so that a press and the keyboard's place are not lost. */
  #buttons(): void {
    const { seq, type, resource, actions } = this.#toast;
    const kind = JSON.stringify([this.#muting, seq !== null, actions, this.#muting && [type, resource]]);
    if (kind === this.#made) return;
    this.#made = kind;
    this.#actions.replaceChildren(...(this.#muting ? this.#choices() : this.#main()));
  }

  #main(): HTMLElement[] {
    const { seq, type, resource, actions } = this.#toast;
    const buttons: HTMLElement[] = [];
    if (seq !== null)
      buttons.push(link(SHOW, "show", () => this.#toast.seq !== null && this.#doing.show(this.#toast.seq)));
    for (const label of actions) {
      const own = link(label, "own", () => {
        own.setAttribute("data-asked", ""); // until the kernel answers
        this.#doing.act(label, this.#toast.seq);
      });
      own.dataset.label = label;
      buttons.push(own);
    }
    if (type || resource) buttons.push(link(MUTE, "mute", () => this.#choose(true)));
    if (navigator.clipboard) {
      const copy = link(COPY, "copy", async () => {
        const { title, count, text } = this.#toast;
        const done = navigator.clipboard.writeText(copied(title, count, text)).then(
          () => true,
          () => false,
        );
        this.#say(copy, acted(COPY, await done), COPY);
      });
      buttons.push(copy);
    }
    return buttons;
  }

  #choices(): HTMLElement[] {
    const { type, resource } = this.#toast;
    const mute = (what: string, one: string, other: string): HTMLElement[] =>
      what ? [link(what, "mute-what", () => this.#doing.mute(one, other))] : [];
    return [
      h("span", { class: "asked" }, MUTE_FOR),
      ...mute(type, type, ""),
      ...mute(resource, "", resource),
      link(CANCEL, "cancel", () => this.#choose(false)),
    ];
  }

  /** To the buttons that say what to mute, and back; the keyboard goes along. */
  #choose(muting: boolean): void {
    this.#muting = muting;
    const root = this.#card.getRootNode() as ShadowRoot;
    const inside = this.#actions.contains(root.activeElement);
    this.#buttons();
    const next = muting ? "button" : '[data-part="mute"]';
    if (inside) this.#actions.querySelector<HTMLElement>(next)?.focus();
  }

  /** A button says something for a while. */
  #say(element: HTMLElement, said: string, then: string): void {
    element.removeAttribute("data-asked");
    write(element, said);
    this.#timers.add(this.#clock.after(SAID, () => write(element, then)));
  }
}

const link = (label: string, part: string, pressed: () => unknown): HTMLButtonElement =>
  button("link", part, label, pressed);

/** A finger moves the card to either side: far enough, and it goes. A mouse selects text instead. */
function swipe(card: HTMLElement, gone: () => void): void {
  let from: { id: number; x: number } | null = null;
  const move = (x: number | null) => {
    card.style.transform = x === null ? "" : `translateX(${x}px)`;
  };
  card.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse") from = { id: event.pointerId, x: event.clientX };
  });
  card.addEventListener("pointermove", (event) => {
    if (from?.id === event.pointerId) move(event.clientX - from.x);
  });
  const end = (event: PointerEvent, far: number) => {
    if (from?.id !== event.pointerId) return;
    const moved = Math.abs(event.clientX - from.x);
    from = null;
    if (moved >= far) gone();
    else move(null);
  };
  card.addEventListener("pointerup", (event) => end(event, FAR));
  card.addEventListener("pointercancel", (event) => end(event, 1e9));
}
