// The toasts below the bar, in the cell: draws what the queue says, and tells it when to hold.
//
// The laws, so that nothing moves under a reader's eyes or pointer:
// - A toast stands in one of a few numbered places until it goes; a new one takes the first that is free.
// - The room that was once needed is kept: the notebook below moves when toasts first come, not each time. Only who
//   dismisses all gets the room back. All cards are of one height, so the furthest place tells how much room it is.

import type { Announcer } from "./announcer";
import type { Clock } from "./clock";
import { h, write } from "./dom";
import { LIMIT, type Snapshot, type ToastQueue } from "./queue";
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
  /** How many places have been needed; null: nothing has been shown yet, and nothing is kept. */
  #reach: number | null = null;
  /** Everything was dismissed by hand: the room is given back as soon as the last card is out of sight. */
  #clearing = false;

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
      this.#clearing = true;
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
    this.#foot.hidden = line === ""; // out of sight, but in its place
    this.#all.hidden = visible.length === 0;
    if (visible.length > 0) this.#clearing = false;
    if (visible.length > 0 || line !== "") this.#reserve();
    this.#clear();
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
    this.#settle(card);
    this.#cards.set(toast.id, card);
    card.enter();
    const { severity, title, count, text } = toast;
    if (!quietly)
      this.#announcer.say(
        [`${SEVERITY[severity]}: ${title} ${times(count)}`.trim(), text].filter(Boolean).join(". "),
        severity === "error",
      );
    return card;
  }

  /** Gives `card` the place it had, if it comes back and that is free, else the first free one. */
  #settle(card: ToastCard): void {
    const taken = new Set([...this.#cards.values()].map(({ place }) => place));
    if (card.element.isConnected && !taken.has(card.place)) return;
    let place = 0;
    while (taken.has(place) && place < LIMIT - 1) place += 1;
    card.place = place;
    // The keyboard and the screen reader meet them in the order of the places.
    const after = this.#inOrder().find((other) => other.place > place);
    this.#list.insertBefore(card.element, after?.element ?? null);
  }

  #inOrder(): ToastCard[] {
    return [...this.#cards.values()].sort((a, b) => a.place - b.place);
  }

  /** Keeps room for the furthest place, and never less than it had. */
  #reserve(): void {
    const furthest = [...this.#cards.values()].map(({ place }) => place + 1);
    this.#reach = Math.max(this.#reach ?? 0, ...furthest);
    this.element.dataset.reach = String(this.#reach);
  }

  #clear(): void {
    if (!this.#clearing || this.#cards.size + this.#leaving.size > 0) return;
    this.#clearing = false;
    this.#reach = null;
    delete this.element.dataset.reach;
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
      this.#clear();
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
    const left = id === null ? undefined : this.#cards.get(id);
    const cards = this.#inOrder();
    const at = left ? cards.indexOf(left) : -1;
    const neighbour = left && (cards[at + 1] ?? cards[at - 1]);
    if (neighbour) neighbour.focus();
    else this.#onward();
  }
}
