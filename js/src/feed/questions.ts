// The questions that the kernel was asked and has not answered.
//
// The law: each has a number; which of them are open says what need not be asked again, and since when the kernel has
// not answered. Questions about rows that are shown no more are closed, answered or not.

import type { Clock } from "../clock";

/** What is asked for: a chunk of the rows, or the rows that are looked at, whichever they are. */
export type Wish = number | "watch";

export class Questions {
  readonly #clock: Clock;
  readonly #open = new Map<number, Wish>();
  #number = 0;
  #watch = 0;
  #since: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The number of a new question. */
  ask(wish: Wish): number {
    this.#number += 1;
    if (wish === "watch") this.#watch = this.#number;
    this.#open.set(this.#number, wish);
    this.#since ??= this.#clock.now();
    return this.#number;
  }

  /** The kernel answers a question: what it was asked for; undefined: it was closed before. */
  answered(number: number): Wish | undefined {
    const wish = this.#open.get(number);
    this.#open.delete(number);
    if (this.#open.size === 0) this.#since = null;
    return wish;
  }

  /** The rows are other ones. */
  close(): void {
    this.#open.clear();
    this.#since = null;
  }

  isOpen(wish: Wish): boolean {
    return [...this.#open.values()].includes(wish);
  }

  /** Whether it is the newest of those for what is looked at. */
  isNewestWatch(number: number): boolean {
    return number === this.#watch;
  }

  /** For how many ms the kernel has not answered; null: nothing is open. */
  get waited(): number | null {
    return this.#since === null ? null : this.#clock.now() - this.#since;
  }
}
