// What the time is where the numbers are made: the kernel's clock, or a recording's, which stands or goes faster.
//
// The law: it goes on by itself between two messages, and no further than the kernel is known to live: after some
// seconds without a word of it the time stands.

import { type Clock, KernelTime } from "../clock";

/** Milliseconds without a word of the kernel, which has one every five seconds. */
export const PATIENCE = 12_000;

export class Moment {
  readonly #clock: Clock;
  readonly #kernel: KernelTime;
  readonly #began: number;
  #told = 0;
  /** When the kernel was heard of last; null: never. */
  #heard: number | null = null;
  #tempo: number | null = null;
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#kernel = new KernelTime(clock);
    this.#began = clock.now();
  }

  /** What the page starts with was sent at some time in the past. */
  stored(now: number): void {
    this.#told = now;
  }

  /** A message says what the time is; `tempo`: of a recording, how fast it goes; null: it is the time of all. */
  live(now: number, tempo: number | null): void {
    if (tempo === null) this.#kernel.live(now);
    [this.#told, this.#tempo, this.#heard] = [now, tempo, this.#clock.now()];
  }

  /** From now on it stands: the kernel is gone, or the stream closed. */
  stop(): void {
    this.#stopped = true;
  }

  go(): void {
    this.#stopped = false;
  }

  /** Whether the kernel has not been heard of for too long. */
  get late(): boolean {
    return !this.#stopped && this.#clock.now() - (this.#heard ?? this.#began) > PATIENCE;
  }

  /** Milliseconds since 1970. */
  now(): number {
    if (this.#heard === null || this.#stopped || this.late) return this.#told;
    if (this.#tempo === null) return Math.max(this.#told, this.#kernel.now());
    return this.#told + (this.#clock.now() - this.#heard) * this.#tempo;
  }
}
