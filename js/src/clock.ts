// Time is a value here: everything that waits or tells an age is given a Clock, so that tests turn it by hand.

/** Stops what it was given for; calling it again does nothing. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since 1970, by this machine. */
  now(): number;
  /** Calls `fn` once, `ms` milliseconds from now. */
  after(ms: number, fn: () => void): Cancel;
}

/** The first of these times; null: there is none. */
export function soonest(...times: (number | null | undefined)[]): number | null {
  const known = times.filter((time) => typeof time === "number");
  return known.length ? Math.min(...known) : null;
}

const LONGEST_TIMEOUT = 2 ** 31 - 1; // beyond it, browsers fire at once

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, Math.min(Math.max(0, ms), LONGEST_TIMEOUT));
    return () => clearTimeout(timer);
  },
};

const SAMPLES = 20;

/**
 * The kernel's clock, as well as the browser can know it.
 *
 * A message carries the kernel's time at sending. `sent - received` is the difference of the two clocks less the
 * time under way, so the largest of the recent differences is the nearest to the truth.
 */
export class KernelTime {
  readonly #clock: Clock;
  #recent: number[] = [];
  #sent = 0;
  #skew = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A message that has just arrived says that the kernel's clock showed `sent`. */
  live(sent: number): void {
    if (sent < this.#sent) this.#recent = []; // it was set back: a replay's, as a rule
    this.#sent = sent;
    this.#recent = [...this.#recent, sent - this.#clock.now()].slice(-SAMPLES);
    this.#skew = Math.max(...this.#recent);
  }

  /**
   * The state a page starts with was sent at some time in the past. Only that it was not sent in the future is
   * certain; a kernel whose clock is behind can't be told from an old message, so equal clocks are assumed.
   */
  stored(sent: number): void {
    this.#skew = Math.max(0, sent - this.#clock.now());
  }

  /** Milliseconds since 1970, by the kernel. */
  now(): number {
    return this.#clock.now() + this.#skew;
  }
}

/** Draws, and draws again when the drawing says that it will be out of date; asleep while nobody looks. */
export class Ticker {
  readonly #clock: Clock;
  readonly #draw: () => number | null;
  #awake = false;
  #cancel: Cancel | null = null;

  /** `draw` returns the milliseconds until what it drew is no longer true; null: it stays true. */
  constructor(clock: Clock, draw: () => number | null) {
    this.#clock = clock;
    this.#draw = draw;
  }

  /** Draws now, whether awake or not: what is there is right even if it is not watched. */
  redraw(): void {
    this.#cancel?.();
    const next = this.#draw();
    this.#cancel = next !== null && this.#awake ? this.#clock.after(next, () => this.redraw()) : null;
  }

  set awake(on: boolean) {
    if (on === this.#awake) return;
    this.#awake = on;
    if (on) this.redraw();
    else this.stop();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
