// The part of a long list that is here: chunks of it, the ones that came last.
//
// The law: what is far from what is looked at may go, and is asked for again; there is never much of it.

import type { Item } from "./wire";

export const CHUNK = 40; // items asked for at once
const MOST = 25; // chunks kept

export class Chunks {
  readonly #chunks = new Map<number, Item[]>();

  /** An item, counted from the newest; undefined: it is not here. */
  item(index: number): Item | undefined {
    return this.#chunks.get(Math.floor(index / CHUNK))?.[index % CHUNK];
  }

  has(chunk: number): boolean {
    return this.#chunks.has(chunk);
  }

  /** All that is here, newest first. */
  get all(): Item[] {
    return [...this.#chunks].sort(([a], [b]) => a - b).flatMap(([, items]) => items);
  }

  keep(chunk: number, items: Item[]): void {
    this.#chunks.delete(chunk);
    this.#chunks.set(chunk, items);
    for (const oldest of this.#chunks.keys()) {
      if (this.#chunks.size <= MOST) break;
      this.#chunks.delete(oldest);
    }
  }

  /** The list is another one, of so many items; these are the first of it. */
  begin(items: Item[], total: number): void {
    this.#chunks.clear();
    for (let at = 0; at < items.length; at += CHUNK) {
      const part = items.slice(at, at + CHUNK);
      if (part.length === CHUNK || at + part.length === total) this.#chunks.set(at / CHUNK, part);
    }
  }
}
