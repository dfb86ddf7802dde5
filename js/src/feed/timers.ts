// Timers by their names: one that is set again begins anew.

import type { Cancel, Clock } from "../clock";

export class Timers {
  readonly #clock: Clock;
  readonly #running = new Map<string, Cancel>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(name: string): boolean {
    return this.#running.has(name);
  }

  after(name: string, ms: number, fn: () => void): void {
    this.stop(name);
    this.#running.set(
      name,
      this.#clock.after(ms, () => {
        this.#running.delete(name);
        fn();
      }),
    );
  }

  stop(name: string): void {
    this.#running.get(name)?.();
    this.#running.delete(name);
  }

  stopAll(): void {
    for (const name of [...this.#running.keys()]) this.stop(name);
  }
}
