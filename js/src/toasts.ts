// The stack of toasts below the bar, in the cell: draws what the queue says, and tells it when to hold.

import type { Announcer } from "./announcer";
import type { Clock } from "./clock";
import { h, write } from "./dom";
import type { Snapshot, ToastQueue } from "./queue";
import { ToastCard } from "./toast";
import type { ToastData } from "./traits";
import { DISMISS_ALL, more, SEVERITY, TOASTS, times } from "./words";

const NOTHING: Snapshot = { visible: [], waiting: 0, unshown: 0, held: false };

export class Toasts {
  readonly element: HTMLElement;
  readonly #clock: Clock;
  readonly #queue: ToastQueue;
  readonly #announcer: Announcer;
  /** Where the keyboard goes when no toast is left to take it. */
  readonly #onward: () => void;
  readonly #cards = new Map<number, ToastCard>();
  readonly #leaving = new Map<number, ToastCard>();
  readonly #list = h("ol", { role: "list", "aria-label": TOASTS });
  readonly #more = h("bdi", { "data-part": "more" });
  readonly #all = h("button", { type: "button", class: "link", "data-part": "dismiss-all" }, DISMISS_ALL);
  readonly #foot = h("div", { class: "foot" }, this.#more, this.#all);
  #presenting = false;

  constructor(clock: Clock, queue: ToastQueue, announcer: Announcer, onward: () => void) {
    this.#clock = clock;
    this.#queue = queue;
    this.#announcer = announcer;
    this.#onward = onward;
    this.element = h("div", { class: "toasts", "data-part": "toasts" }, this.#list, this.#foot);
    this.element.addEventListener("pointerenter", () => this.#hold("hover"));
    this.element.addEventListener("pointerleave", () => this.#release("hover"));
    this.element.addEventListener("focusin", () => this.#hold("focus"));
    this.element.addEventListener("focusout", (event) => {
      const to = event.relatedTarget;
      if (!(to instanceof Node && this.element.contains(to))) this.#release("focus");
    });
    this.#all.addEventListener("click", () => {
      this.#passOn(null);
      this.#queue.dismissAll();
    });
  }

  /** Draws the queue if this view `presents`, else nothing; returns the milliseconds until an age changes. */
  draw(presents: boolean, now: number): number | null {
    const { visible, waiting, unshown, held } = presents ? this.#queue.snapshot : NOTHING;
    const taken = this.#presenting && !presents; // by another view: no farewell here
    const given = !this.#presenting && presents; // from another view: it has been read out
    this.#presenting = presents;

    const listed = new Set(visible.map((toast) => toast.id));
    for (const [id, card] of this.#cards) if (!listed.has(id)) this.#leave(id, card, taken);
    let next: number | null = null;
    for (const toast of visible) {
      const due = this.#card(toast, given).draw(toast, now);
      if (due !== null) next = Math.min(next ?? due, due);
    }
    const line = more(waiting, unshown, held);
    write(this.#more, line);
    this.#foot.hidden = line === "";
    this.#all.hidden = visible.length === 0;
    if (presents && visible.length === 0 && line === "") this.#queue.release("hover"); // nothing is left to point at
    return next;
  }

  stop(): void {
    for (const card of [...this.#cards.values(), ...this.#leaving.values()]) card.remove();
    this.#cards.clear();
    this.#leaving.clear();
  }

  #card(toast: ToastData, quietly: boolean): ToastCard {
    const there = this.#cards.get(toast.id);
    if (there) return there;
    const card =
      this.#leaving.get(toast.id) ?? new ToastCard(this.#clock, toast, () => this.#dismiss(toast.id));
    this.#leaving.delete(toast.id);
    this.#cards.set(toast.id, card);
    if (!card.element.isConnected) this.#list.append(card.element);
    card.enter();
    const { severity, title, count, text } = toast;
    if (!quietly)
      this.#announcer.say(
        [`${SEVERITY[severity]}: ${title} ${times(count)}`.trim(), text].filter(Boolean).join(". "),
        severity === "error",
      );
    return card;
  }

  #leave(id: number, card: ToastCard, atOnce: boolean): void {
    this.#cards.delete(id);
    if (atOnce) {
      card.remove();
      return;
    }
    this.#leaving.set(id, card);
    card.leave(() => {
      this.#leaving.delete(id);
      card.remove();
    });
  }

  #dismiss(id: number): void {
    this.#passOn(id);
    this.#queue.dismiss(id);
  }

  #hold(reason: "hover" | "focus"): void {
    if (this.#presenting) this.#queue.hold(reason);
  }

  #release(reason: "hover" | "focus"): void {
    if (this.#presenting) this.#queue.release(reason);
  }

  /** The keyboard is in a toast that goes: it moves to a neighbour, else out. A pointer leaves no focus behind. */
  #passOn(id: number | null): void {
    const active = (this.element.getRootNode() as ShadowRoot).activeElement;
    if (!(active instanceof HTMLElement && this.element.contains(active))) return;
    const byKeyboard = active.matches(":focus-visible");
    active.blur();
    if (!byKeyboard) return;
    const ids = [...this.#cards.keys()];
    const at = id === null ? -1 : ids.indexOf(id);
    const neighbour = id === null ? undefined : (ids[at + 1] ?? ids[at - 1]);
    const card = neighbour === undefined ? undefined : this.#cards.get(neighbour);
    if (card) card.focus();
    else this.#onward();
  }
}
