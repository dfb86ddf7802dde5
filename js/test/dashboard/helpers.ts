// A dashboard without a kernel: a model whose other end is the test, and numbers as a kernel tells them.

import type { Ask, DashboardModel } from "../../src/dashboard/wire";
import { HandClock, T0 } from "../helpers";

export class Model implements DashboardModel {
  readonly sent: Ask[] = [];
  told: unknown;
  readonly #listeners: { event: string; fn: (content?: unknown) => void }[] = [];

  constructor(all: unknown = {}) {
    this.told = all;
  }
  get(name: string): unknown {
    return name === "told" ? this.told : undefined;
  }
  on(event: string, fn: (content?: unknown) => void): void {
    this.#listeners.push({ event, fn });
  }
  off(event: string, fn: (content?: unknown) => void): void {
    const at = this.#listeners.findIndex((other) => other.event === event && other.fn === fn);
    if (at >= 0) this.#listeners.splice(at, 1);
  }
  send(ask: Ask): void {
    this.sent.push(ask);
  }
  tell(event: string, content?: unknown): void {
    for (const one of [...this.#listeners]) if (one.event === event) one.fn(content);
  }
  /** The kernel tells all of it. */
  all(numbers: unknown): void {
    this.told = numbers;
    this.tell("change:told");
  }
  news(numbers: Record<string, unknown>): void {
    this.tell("msg:custom", { news: numbers });
  }
  get listening(): number {
    return this.#listeners.length;
  }
}

export const S0 = T0 / 1000;

/** A stream that has been open for 280 seconds, with two events in each of the last hundred. */
export function told(more: Record<string, unknown> = {}): Record<string, unknown> {
  const began = T0 - 280_000;
  return {
    now: T0,
    tempo: 1,
    virtual: false,
    name: "demo",
    view: false,
    began,
    status: {
      state: "open",
      since: began,
      attempt: 0,
      attempts: 10,
      next_retry_at: null,
      last_event_at: T0 - 2_000,
      last_byte_at: T0 - 500,
      cause: "",
    },
    totals: {
      bytes: 44_000,
      received: 210,
      stored: 200,
      control: 6,
      filtered: 2,
      duplicate: 1,
      invalid: 1,
      shown: 30,
      suppressed: 170,
      evicted: 0,
      gaps: 0,
    },
    reconnects: [],
    kept: [200, 1_000_000],
    rows: 200,
    severities: [100, 50, 30, 20],
    types: [
      ["build.failed", 120],
      ["<b>bold</b>", 60],
    ],
    others: [3, 20],
    lag: [0.012, 0.009, 200],
    states: [[began, "open", null, ""]],
    gaps: [],
    seconds: Array.from({ length: 100 }, (_, n) => [S0 - 100 + n, 2, 440, 0, 1]),
    quarters: [[S0 - (S0 % 15), 2, 440, 0, 1]],
    ...more,
  };
}

export { HandClock, T0 };
