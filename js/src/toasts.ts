// The toasts below the bar, in the cell: draws what the queue says, and tells it when to hold.
//
// The laws, so that nothing moves under a reader's eyes or pointer:
// - A toast stands in one of a few numbered places until it goes; a new one takes the first that is free.
// - The room that was once needed is kept while the toasts can be seen: the notebook below moves when toasts first need
//   a row, not each time. Who dismisses the last one gets the room back, and so does a page that is scrolled away.
// - While somebody points at the toasts, or is in them with the keyboard, no row is added: more than there is room for
//   wait.

import type { Announcer } from "./announcer";
import { type Clock, soonest } from "./clock";
import type { Crowd } from "./crowd";
import { button, h, write } from "./dom";
import { LIMIT, type Snapshot, type ToastQueue } from "./queue";
import { ToastCard } from "./toast";
import type { Mute, ToastData } from "./traits";
import { DISMISS_ALL, HOTKEY, more, moreMutes, muted, SEVERITY, TOASTS, times, UNDO, undo } from "./words";

/** Mutes that are named; more are counted. */
const NAMED = 2;

/** What the toasts ask of their view. */
export interface Doing {
  show(seq: number): void;
  mute(type: string, resource: string): void;
  unmute(type: string, resource: string): void;
  act(toast: number, label: string, seq: number | null): void;
  /** The keyboard has no toast to go to any more. */
  onward(): void;
}

const NOTHING: Snapshot = { visible: [], waiting: 0, unshown: 0, held: false };

export class Toasts {
  readonly element: HTMLElement;
  readonly #clock: Clock;
  readonly #queue: ToastQueue;
  readonly #announcer: Announcer;
  readonly #crowd: Crowd;
  readonly #doing: Doing;
  readonly #cards = new Map<number, ToastCard>();
  readonly #leaving = new Map<number, ToastCard>();
  readonly #list = h("ol", { role: "list", "aria-label": TOASTS });
  readonly #more = h("bdi", { "data-part": "more" });
  readonly #all = button("link", "dismiss-all", DISMISS_ALL, () => {
    this.#passOn(null);
    this.#clearing = true;
    this.#queue.dismissAll();
  });
  readonly #muted = h("span", { class: "muted", "data-part": "muted" });
  readonly #foot: HTMLElement;
  /** What has been read out: it may come back. */
  readonly #said = new WeakSet<ToastData>();
  #mutes = "";
  /** Where the keyboard was before it came here by the hotkey. */
  #before: HTMLElement | null = null;
  #presenting = false;
  /** How many places have been needed; null: nothing has been shown yet, and nothing is kept. */
  #reach: number | null = null;
  /** Everything was dismissed by hand: the room is given back as soon as the last card is out of sight. */
  #clearing = false;

  /** `more` stands in the line below the toasts. */
  constructor(
    clock: Clock,
    crowd: Crowd,
    announcer: Announcer,
    doing: Doing,
    signal: AbortSignal,
    ...more: HTMLElement[]
  ) {
    this.#clock = clock;
    this.#crowd = crowd;
    this.#queue = crowd.queue;
    this.#announcer = announcer;
    this.#doing = doing;
    this.#foot = h("div", { class: "foot" }, this.#more, this.#muted, ...more, this.#all);
    this.element = h("div", { class: "toasts", "data-part": "toasts" }, this.#list, this.#foot);
    this.element.addEventListener("pointerenter", () => this.#hold("hover"));
    this.element.addEventListener("pointerleave", () => this.#release("hover"));
    this.element.addEventListener("focusin", () => this.#hold("focus"));
    this.element.addEventListener("focusout", (event) => {
      const to = event.relatedTarget;
      if (!(to instanceof Node && this.element.contains(to))) this.#release("focus");
    });
    document.addEventListener("keydown", (event) => this.#key(event), { signal, capture: true });
  }

  /** What became of a button of the user's own. */
  acted(id: number, label: string, done: boolean): void {
    this.#cards.get(id)?.acted(label, done);
  }

  /** Nobody can see this now: what is not needed any more may go, since nothing moves under anybody's eyes. */
  unseen(): void {
    if (this.#cards.size + this.#leaving.size > 0) return;
    this.#clearing = true;
    this.#clear();
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
      next = soonest(next, this.#card(toast, given).draw(toast, now));
    }
    const line = more(waiting, unshown, held);
    write(this.#more, line);
    const mutes = presents ? this.#crowd.mutes(now) : [];
    next = soonest(next, this.#drawMutes(mutes, now));
    const said = line !== "" || mutes.length > 0;
    this.#foot.toggleAttribute("data-empty", !said); // out of sight, but in its place
    this.#all.hidden = visible.length === 0 || line === "";
    if (visible.length > 0 || said) this.#clearing = false;
    if (visible.length > 0 || said) this.#reserve(said);
    this.#clear();
    this.#queue.room = this.#room;
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
    const card = this.#leaving.get(toast.id) ?? new ToastCard(this.#clock, toast, this.#doings(toast.id));
    this.#leaving.delete(toast.id);
    this.#settle(card);
    this.#cards.set(toast.id, card);
    card.enter();
    const { severity, title, count, text } = toast;
    if (!quietly && !this.#said.has(toast))
      this.#announcer.say(
        [`${SEVERITY[severity]}: ${title} ${times(count)}`.trim(), text].filter(Boolean).join(". "),
        severity === "error",
      );
    this.#said.add(toast);
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

  #doings(id: number) {
    const { show, mute, act } = this.#doing;
    return {
      dismiss: () => this.#dismiss(id),
      show,
      mute: (type: string, resource: string) => {
        this.#passOn(id);
        mute(type, resource);
      },
      act: (label: string, seq: number | null) => act(id, label, seq),
    };
  }

  /** Keeps room for the furthest place, and for the line below, and never less than it had. */
  #reserve(said: boolean): void {
    const furthest = [...this.#cards.values()].map(({ place }) => place + 1);
    this.#reach = Math.max(this.#reach ?? 0, ...furthest);
    this.element.style.setProperty("--reach", String(this.#reach));
    if (said) this.element.style.setProperty("--foot", "1");
  }

  #clear(): void {
    if (!this.#clearing || this.#cards.size + this.#leaving.size > 0) return;
    this.#clearing = false;
    this.#reach = null;
    this.element.removeAttribute("style"); // nothing else is set in it
  }

  /** How many toasts there is room for: whole rows, as wide as the style sheet makes them. It has the page styled anew. */
  readonly #room = (): number => {
    const columns = Number(getComputedStyle(this.#list).getPropertyValue("--columns")) || 1;
    return Math.ceil((this.#reach ?? 0) / columns) * columns;
  };

  /** Draws what is muted; returns the milliseconds until that is out of date. */
  #drawMutes(mutes: readonly Mute[], now: number): number | null {
    const named = mutes.slice(-NAMED).reverse();
    const key = JSON.stringify(named.map(({ type, resource }) => [type, resource]));
    if (key !== this.#mutes) {
      this.#mutes = key;
      const chips = named.map((mute) => {
        const show = () => this.#doing.unmute(mute.type, mute.resource);
        return h(
          "span",
          { class: "chip" },
          h("bdi"),
          button("link", "undo", UNDO, show, { "aria-label": undo(mute) }),
        );
      });
      this.#muted.replaceChildren(...chips, h("span"));
    }
    let next: number | null = null;
    named.forEach((mute, at) => {
      const { text, next: due } = muted(mute, now);
      const said = this.#muted.children[at]?.firstElementChild;
      if (said) write(said, text);
      next = soonest(next, due);
    });
    if (this.#muted.lastElementChild) write(this.#muted.lastElementChild, moreMutes(mutes.length - NAMED));
    return next;
  }

  /** The hotkey leads into the toasts, and out again to where one was. */
  #key(event: KeyboardEvent): void {
    if (event.key !== HOTKEY || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (!this.#presenting || this.#cards.size === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const root = this.element.getRootNode() as ShadowRoot;
    if (this.element.contains(root.activeElement)) this.#back();
    else {
      const active = root.activeElement ?? document.activeElement;
      this.#before = active instanceof HTMLElement ? active : null;
      this.#inOrder()[0]?.focus();
    }
  }

  /** To where the keyboard was before it came here, or on. */
  #back(): void {
    const before = this.#before;
    this.#before = null;
    if (before?.isConnected && before !== document.body) before.focus();
    else this.#doing.onward();
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
    this.#clearing = this.#cards.size === 1; // who takes the last one away expects the room back
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
    else this.#back();
  }
}
