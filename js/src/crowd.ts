// What all models and views of one stream in a page share: the toasts, who presents them, and what a person has said.
//
// `stream`, `stream.toasts()` and `stream.indicator()` are models of their own, and in Jupyter each has a copy of this
// script: they find each other by the stream's key, in the page. So a toast appears once, however many show it.

import type { Clock } from "./clock";
import { onAbort } from "./dom";
import { ToastQueue } from "./queue";
import type { Mute, ToastData } from "./traits";

/** A view, as far as the others care. */
export interface Member {
  /** Whether a person could see it now. */
  readonly seen: boolean;
  /** Whether toasts are a part of it. */
  readonly toasting: boolean;
  /** The status has changed, or what is said of it, or the kernel has gone. */
  status(): void;
  /** The toasts have changed, or the right to show them has come or gone. */
  toasts(): void;
}

/** A model, as far as the others care. */
export interface Feeder {
  /** Hands its toasts to the queue: it is the one that does from now on. */
  lead(): void;
}

/** A page is told of a mute or its end before the kernel is, which may be busy. */
interface Wish extends Mute {
  on: boolean;
}

const CROWDS = Symbol.for("sse-notebook.crowds");
const page = globalThis as { [CROWDS]?: Map<string, Crowd> };
const same = (one: { type: string; resource: string }, other: { type: string; resource: string }): boolean =>
  one.type === other.type && one.resource === other.resource;

export class Crowd {
  readonly queue: ToastQueue;
  readonly #key: string;
  readonly #feeders: Feeder[] = [];
  readonly #members = new Set<Member>();
  #presenter: Member | null = null;
  #hushed = false;
  #mutes: readonly Mute[] = [];
  #wishes: Wish[] = [];

  /** The crowd of a stream; a stream without a key is alone. */
  static of(key: string, clock: Clock): Crowd {
    page[CROWDS] ??= new Map();
    const there = key ? page[CROWDS].get(key) : undefined;
    const crowd = there ?? new Crowd(key, clock);
    if (key) page[CROWDS].set(key, crowd);
    return crowd;
  }

  private constructor(key: string, clock: Clock) {
    this.#key = key;
    this.queue = new ToastQueue(clock, () => this.#presenter?.toasts());
    this.queue.refuses = (toast) => this.#wishes.some((wish) => wish.on && fits(wish, toast));
  }

  // -- models

  /** Whether this model is the one that hands over the toasts. */
  isLed(by: Feeder): boolean {
    return this.#feeders[0] === by;
  }

  enter(feeder: Feeder, signal: AbortSignal): void {
    this.#feeders.push(feeder);
    onAbort(signal, () => {
      const led = this.isLed(feeder);
      this.#feeders.splice(this.#feeders.indexOf(feeder), 1);
      if (led) this.#feeders[0]?.lead();
      if (this.#feeders.length) return;
      this.queue.stop();
      page[CROWDS]?.delete(this.#key);
    });
  }

  // -- views

  /** Whether this view is the one that shows the toasts. */
  presents(member: Member): boolean {
    return this.#presenter === member;
  }

  /** Whether this view is the one that reads out what changes. */
  speaks(member: Member): boolean {
    return (this.#presenter ?? [...this.#members][0]) === member;
  }

  join(member: Member, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#members.add(member);
    this.elect();
    onAbort(signal, () => {
      this.#members.delete(member);
      this.elect();
    });
  }

  /** Who presents: whoever does, as long as it is seen; else the first that is seen; else nobody new. */
  elect(): void {
    const before = this.#presenter;
    const able = [...this.#members].filter((member) => member.toasting);
    const present = before !== null && able.includes(before) ? before : null;
    const first = able.find((member) => member.seen);
    this.#presenter = present?.seen ? present : (first ?? present ?? able[0] ?? null);
    if (this.#presenter !== before) {
      // What the pointer and the keyboard did in the other view is over.
      this.queue.release("hover");
      this.queue.release("focus");
      before?.toasts();
      this.#presenter?.toasts();
    }
    if (this.#presenter?.seen) this.queue.release("away");
    else this.queue.hold("away");
  }

  /** Everybody draws what is said of the connection. */
  tell(): void {
    for (const member of this.#members) member.status();
  }

  // -- what a person has said

  /** Whether the alarm was dismissed: it stays so until the next drop. */
  get hushed(): boolean {
    return this.#hushed;
  }

  set hushed(on: boolean) {
    if (on === this.#hushed) return;
    this.#hushed = on;
    this.tell();
  }

  /** What is muted at `now`, as far as the page knows: the kernel may have to hear of it yet. */
  mutes(now: number): Mute[] {
    const known = this.#mutes.filter((mute) => !this.#wishes.some((wish) => !wish.on && same(wish, mute)));
    const wished = this.#wishes.filter((wish) => wish.on && !known.some((mute) => same(mute, wish)));
    return [...known, ...wished].filter((mute) => mute.until > now);
  }

  /** The kernel says what is muted; drawn with the toasts, which it says next. */
  set muted(mutes: readonly Mute[]) {
    this.#mutes = mutes;
    this.#wishes = this.#wishes.filter((wish) => wish.on !== mutes.some((mute) => same(mute, wish)));
  }

  mute(type: string, resource: string, until: number): void {
    this.#wish({ type, resource, until, on: true });
    this.queue.drop((toast) => fits({ type, resource }, toast));
  }

  unmute(type: string, resource: string): void {
    this.#wish({ type, resource, until: 0, on: false });
    this.#presenter?.toasts();
  }

  #wish(wish: Wish): void {
    this.#wishes = [...this.#wishes.filter((other) => !same(other, wish)), wish];
  }
}

const fits = (mute: { type: string; resource: string }, toast: ToastData): boolean =>
  (!mute.type || mute.type === toast.type) && (!mute.resource || mute.resource === toast.resource);
