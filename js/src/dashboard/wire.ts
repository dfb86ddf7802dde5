// The numbers as the kernel tells them: all at once, then what is new. Whatever arrives becomes numbers, or nothing.
//
// The law: to be told the same twice changes nothing; what is older than the longest picture is let go of.

import { finite, isBag, list } from "../raw";
import { readStatus, STATES, type State, type Status, text } from "../traits";

/** The part of anywidget's model that is used here. */
export interface DashboardModel {
  get(name: string): unknown;
  on(event: string, callback: (content?: unknown) => void): void;
  off(event: string, callback: (content?: unknown) => void): void;
  send(content: Ask): void;
}

export type Ask = { do: "look"; view: string } | { do: "away"; view: string } | { do: "reconnect" };

/** What came in a stretch of time. */
export interface Bucket {
  /** Its first second, since 1970. */
  at: number;
  events: number;
  bytes: number;
  warnings: number;
  errors: number;
}

/** A state of the connection; times in milliseconds since 1970. */
export interface Stay {
  start: number;
  end: number | null;
  state: State;
  cause: string;
}

/** A hole between two connections. */
export interface Hole {
  start: number;
  end: number | null;
  reason: string;
  recovered: boolean | null;
}

export const PARTS = ["stored", "control", "filtered", "duplicate", "invalid"] as const;
export type Part = (typeof PARTS)[number];
const TOTALS = ["bytes", "received", ...PARTS, "shown", "suppressed", "evicted", "gaps"] as const;
export type Totals = Record<(typeof TOTALS)[number], number>;

/** How late events come, in seconds. */
export interface Lag {
  newest: number;
  half: number;
  rows: number;
}

/** The two widths of time. */
export const RANGES = {
  seconds: { width: 1, number: 300 },
  quarters: { width: 15, number: 240 },
} as const;
export type Range = keyof typeof RANGES;
const SPAN = 3600; // seconds

const count = (raw: unknown): number => Math.max(0, Math.trunc(finite(raw) ?? 0));

/** A name and a number, of things that are told apart by names. */
export type Named = [name: string, number: number];
const named = (raw: unknown): Named[] =>
  list(raw)
    .slice(0, 20)
    .map((each): Named => [text(list(each)[0]), count(list(each)[1])]);

export class Numbers {
  /** The kernel's clock when they were told, in milliseconds since 1970; null: nothing was told yet. */
  now: number | null = null;
  /** How fast that clock goes; 0: it stands, or jumps. */
  tempo = 1;
  /** The time is a recording's. */
  virtual = false;
  name = "";
  /** Only some rows of the stream are counted. */
  view = false;
  began: number | null = null;
  status: Status = readStatus(null);
  totals = Object.fromEntries(TOTALS.map((name) => [name, 0])) as Totals;
  reconnects: Named[] = [];
  kept = 0;
  most = 0;
  rows = 0;
  severities = [0, 0, 0, 0];
  types: Named[] = [];
  others = { kinds: 0, rows: 0 };
  lag: Lag | null = null;
  readonly buckets: Record<Range, Map<number, Bucket>> = { seconds: new Map(), quarters: new Map() };
  readonly #stays = new Map<string, Stay>();
  readonly #holes = new Map<number, Hole>();

  /** Oldest first. */
  get stays(): Stay[] {
    return [...this.#stays.values()].sort((a, b) => a.start - b.start);
  }
  get holes(): Hole[] {
    return [...this.#holes.values()].sort((a, b) => a.start - b.start);
  }

  /** Takes all of it in the place of what there was; false: it is nothing of the kind. */
  all(raw: unknown): boolean {
    if (!isBag(raw) || finite(raw.now) === null) return false;
    for (const map of [this.buckets.seconds, this.buckets.quarters, this.#stays, this.#holes]) map.clear();
    return this.news(raw);
  }

  /** Takes what is new. */
  news(raw: unknown): boolean {
    if (!isBag(raw)) return false;
    const now = finite(raw.now);
    if (now === null) return false;
    this.now = now;
    this.tempo = Math.max(0, finite(raw.tempo) ?? 1);
    if ("virtual" in raw) this.virtual = raw.virtual === true;
    if ("name" in raw) this.name = text(raw.name);
    if ("view" in raw) this.view = raw.view === true;
    if ("began" in raw) this.began = finite(raw.began);
    if ("status" in raw) this.status = readStatus(raw.status);
    if ("reconnects" in raw) this.reconnects = named(raw.reconnects);
    if ("kept" in raw) [this.kept, this.most] = [count(list(raw.kept)[0]), count(list(raw.kept)[1])];
    if ("rows" in raw) this.rows = count(raw.rows);
    if ("severities" in raw) this.severities = [0, 1, 2, 3].map((at) => count(list(raw.severities)[at]));
    if ("types" in raw) this.types = named(raw.types);
    if ("others" in raw) {
      const [kinds, rows] = list(raw.others);
      this.others = { kinds: count(kinds), rows: count(rows) };
    }
    if ("lag" in raw) this.lag = readLag(raw.lag);
    const totals = raw.totals;
    if (isBag(totals)) for (const name of TOTALS) this.totals[name] = count(totals[name]);
    this.#take(raw);
    this.#forget(now);
    return true;
  }

  #take(raw: Record<string, unknown>): void {
    for (const range of ["seconds", "quarters"] as const)
      for (const each of list(raw[range])) {
        const [at, events, bytes, warnings, errors] = list(each).map(count);
        if (!at) continue;
        const bucket = {
          at,
          events: events ?? 0,
          bytes: bytes ?? 0,
          warnings: warnings ?? 0,
          errors: errors ?? 0,
        };
        this.buckets[range].set(at, bucket);
      }
    for (const each of list(raw.states)) {
      const [start, state, end, cause] = list(each);
      const known = STATES.find((one) => one === state);
      if (!known) continue;
      const stay = { start: finite(start) ?? 0, end: finite(end), state: known, cause: text(cause) };
      this.#stays.set(`${stay.start} ${known}`, stay);
    }
    for (const each of list(raw.gaps)) {
      const [start, end, reason, recovered] = list(each);
      const from = finite(start);
      if (from === null) continue;
      const known = typeof recovered === "boolean" ? recovered : null;
      this.#holes.set(from, { start: from, end: finite(end), reason: text(reason), recovered: known });
    }
  }

  #forget(now: number): void {
    for (const range of ["seconds", "quarters"] as const) {
      const { width, number } = RANGES[range];
      for (const at of this.buckets[range].keys())
        if (at <= now / 1000 - width * (number + 1)) this.buckets[range].delete(at);
    }
    for (const map of [this.#stays, this.#holes] as Map<unknown, { end: number | null }>[])
      for (const [key, { end }] of map) if (end !== null && end < now - SPAN * 1000) map.delete(key);
  }
}

function readLag(raw: unknown): Lag | null {
  const [newest, half, rows] = list(raw).map(finite);
  return typeof newest === "number" && typeof half === "number" ? { newest, half, rows: rows ?? 0 } : null;
}
