// A feed without a kernel: a model whose other end is the test.

import type { Ask, FeedModel } from "../../src/feed/wire";
import { HandClock, T0 } from "../helpers";

export type Page = Extract<Ask, { do: "page" }>;

export class Model implements FeedModel {
  readonly sent: Ask[] = [];
  readonly #state: Record<string, unknown> = { filter: "", selected: [] };
  readonly #listeners: { event: string; fn: (content?: unknown) => void }[] = [];
  saved = 0;

  get(name: string): unknown {
    return this.#state[name];
  }
  set(name: string, value: unknown): void {
    this.#state[name] = value;
    this.tell(`change:${name}`);
  }
  save_changes(): void {
    this.saved += 1;
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
  get listening(): number {
    return this.#listeners.length;
  }
  get pages(): Page[] {
    return this.sent.filter((ask): ask is Page => ask.do === "page");
  }
  get last(): Page {
    const page = this.pages.at(-1);
    if (!page) throw new Error("nothing was asked");
    return page;
  }
}

const CODES: Record<string, number> = { info: 0, success: 1, warning: 2, error: 3 };
const severityOf = (seq: number): number => seq % 4;

export const rowOf = (seq: number): unknown[] => [
  seq,
  T0 - 1000 * (100 - (seq % 100)),
  `type.${seq % 4}`,
  severityOf(seq),
  "workload",
  `wl-${seq % 7}`,
  "",
  `row ${seq}`,
  false,
];

/** What a kernel with `size` rows answers. */
export function answer(ask: Page, size: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  const top = ask.mark ? ask.mark[0] : size - 1;
  const wanted = ask.severities.map((name) => CODES[name]);
  const refused = ask.refused === true;
  const seqs = Array.from({ length: top + 1 }, (_, n) => top - n).filter(
    (seq) =>
      (wanted.length === 0 || wanted.includes(severityOf(seq))) &&
      (ask.types.length === 0 || ask.types.includes(`type.${seq % 4}`)) &&
      (!refused || seq % 2 === 0),
  );
  return {
    feed: "page",
    view: ask.view,
    ask: ask.ask,
    typed: ask.filter,
    mark: [top, T0],
    at: ask.at,
    items: seqs.slice(ask.at, ask.at + ask.n).map(rowOf),
    total: seqs.length,
    matched: seqs.length,
    of: size,
    kept: size,
    fresh: size - 1 - top,
    severities: [size / 4, size / 4, size / 4, size / 4],
    types: [0, 1, 2, 3].map((n) => [`type.${n}`, size / 4]),
    ...more,
  };
}

/** What a kernel says of the clauses of a filter that are joined by `and`: each passes a quarter. */
export function clausesOf(view: string, typed: string, more: Record<string, unknown> = {}): unknown {
  const parts = typed
    .split(" and ")
    .map((text) => [text.replace(/^\((.*)\)$/, "$1"), text, 25, 50, 20, 5, 7]);
  return { feed: "clauses", view, typed, parts, asked: 100, of: 100, more: 0, ...more };
}

/** What a kernel tells by the question `ask` when there are `size` rows, `since` the row told last. */
export const news = (ask: Page, size: number, since: number): Record<string, unknown> => ({
  ...answer(ask.watch === "live" ? { ...ask, mark: null } : ask, size),
  feed: "news",
  live: ask.watch === "live",
  since,
  fresh: size - 1 - since,
});

export { HandClock, T0 };
