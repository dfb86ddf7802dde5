// What the feed asks of the kernel, and its answers, read with care: whatever arrives becomes whole, or nothing.

import { finite, isBag, list } from "../raw";
import { SEVERITIES, type Severity } from "../traits";

/** The newest row that a reader has seen, and the moment (ms): what comes later is not among the rows. */
export type Mark = [seq: number, at: number];

export interface Row {
  seq: number;
  at: number;
  type: string;
  severity: Severity;
  kind: string;
  resource: string;
  status: string;
  message: string;
}

/** One gap, or several with no row between them; times in ms since 1970. */
export interface Gap {
  seq: null;
  start: number;
  end: number | null;
  reason: string;
  recovered: boolean | null;
  count: number;
}

export type Item = Row | Gap;

export interface Numbers {
  matched: number;
  of: number;
  kept: number;
  severities: number[];
}

export interface Bins {
  start: number;
  width: number;
  all: number[];
  warnings: number[];
  errors: number[];
  gaps: Set<number>;
}

export interface Problem {
  text: string;
  hint: string;
  /** Where in the filter's text; null: nowhere in particular. */
  column: number | null;
}

/** A type, and how many rows that the filter leaves have it. */
export type TypeCount = [name: string, count: number];

/** What `and` joins in a filter, and what it answered of the rows that were asked. */
export interface Clause {
  text: string;
  /** As it stands in a longer filter: in brackets where it needs them. */
  joined: string;
  pass: number;
  value: number;
  missing: number;
  type: number;
  /** How many rows it alone refuses. */
  alone: number;
}

export interface Clauses {
  typed: string;
  parts: Clause[];
  /** How many rows were asked, the newest, and how many there are. */
  asked: number;
  of: number;
  /** How many clauses are not told. */
  more: number;
}

export interface ClausesMessage extends Clauses {
  feed: "clauses";
  view: string;
}

const OUTCOMES = ["value", "missing", "type", "pass"] as const;

/** A clause that a row did not pass: why, and what was seen. */
export interface Stop {
  text: string;
  outcome: (typeof OUTCOMES)[number];
  /** null: nothing was there. */
  value: string | null;
}

export interface PageMessage extends Numbers {
  feed: "page" | "news";
  view: string;
  ask: number | null;
  typed: string;
  live: boolean;
  mark: Mark;
  at: number;
  items: Item[];
  total: number;
  fresh: number;
  since: number;
  /** The kernel's clock at sending; 0: not told. */
  now: number;
  bins: Bins | null;
  types: TypeCount[] | null;
  problem: Problem | null;
  warnings: string[];
  /** Where the row stands that was looked for (null: nowhere below the mark); null: none was. */
  find: { seq: number; at: number | null } | null;
}

/** A node of a payload: of a value its text, of a list or an object its entries. */
export type Tree =
  | { kind: "text" | "number" | "flag" | "none"; text: string }
  | { kind: "object" | "list"; size: number; entries: [key: string, node: Tree][] };

export interface Whole {
  seq: number;
  type: string;
  message: string;
  fields: [name: string, text: string][];
  tree: Tree;
  raw: string;
  length: number;
  curl: string | null;
  pandas: string;
}

export interface RowMessage {
  feed: "row";
  view: string;
  seq: number;
  /** null: it is kept no more. */
  row: Whole | null;
  /** The clauses of the filter that it does not pass. */
  stopped: Stop[];
}

export type Ask =
  | {
      do: "page";
      view: string;
      ask: number;
      filter: string;
      severities: Severity[];
      types: string[];
      /** What the filter keeps out, in place of what it lets through. */
      refused?: true;
      mark: Mark | null;
      at: number;
      n: number;
      watch?: "live" | "held";
      picture?: true;
      /** A row whose place is wanted. */
      find?: number;
    }
  | { do: "row"; view: string; seq: number; filter: string }
  | { do: "unwatch"; view: string };

/** The part of anywidget's model that is used here. */
export interface FeedModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: (content?: unknown) => void): void;
  off(event: string, callback: (content?: unknown) => void): void;
  send(content: Ask): void;
}

const number = (raw: unknown, otherwise = 0): number => finite(raw) ?? otherwise;
const count = (raw: unknown): number => Math.max(0, Math.trunc(number(raw)));
const counts = (raw: unknown): number[] => list(raw).map(count);

const LONGEST = 50_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
/** What is shown: characters that are not seen, or turn text around, are U+FFFD. What is copied is not shown. */
export const seen = (text: string): string => text.replace(UNSEEN, "\ufffd");
const text = (raw: unknown): string => (typeof raw === "string" ? seen(raw.slice(0, LONGEST)) : "");
const exact = (raw: unknown): string => (typeof raw === "string" ? raw.slice(0, LONGEST) : "");

function readItem(raw: unknown): Item | null {
  if (!Array.isArray(raw)) return null;
  if (raw[0] === null) {
    const [, start, end, reason, recovered, many] = raw as unknown[];
    return {
      seq: null,
      start: number(start),
      end: finite(end),
      reason: text(reason),
      recovered: typeof recovered === "boolean" ? recovered : null,
      count: Math.max(1, count(many)),
    };
  }
  const [seq, at, type, severity, kind, resource, status, message] = raw as unknown[];
  if (finite(seq) === null) return null;
  return {
    seq: count(seq),
    at: number(at),
    type: text(type),
    severity: SEVERITIES[count(severity)] ?? "info",
    kind: text(kind),
    resource: text(resource),
    status: text(status),
    message: text(message),
  };
}

function readBins(raw: unknown): Bins | null {
  if (!isBag(raw)) return null;
  return {
    start: number(raw.start),
    width: number(raw.width),
    all: counts(raw.all),
    warnings: counts(raw.warnings),
    errors: counts(raw.errors),
    gaps: new Set(counts(raw.gaps)),
  };
}

const DEEPEST = 20;

function readTree(raw: unknown, depth = 0): Tree {
  const [kind, second, third] = list(raw);
  if (kind === "object" || kind === "list") {
    const entries = depth < DEEPEST ? list(third) : [];
    return {
      kind,
      size: count(second),
      entries: entries.map((entry) => {
        const [key, node] = list(entry);
        return [text(key), readTree(node, depth + 1)];
      }),
    };
  }
  const known = kind === "number" || kind === "flag" || kind === "none" ? kind : "text";
  return { kind: known, text: text(second) };
}

function readWhole(raw: unknown): Whole | null {
  if (!isBag(raw) || finite(raw.seq) === null) return null;
  return {
    seq: count(raw.seq),
    type: text(raw.type),
    message: text(raw.message),
    fields: list(raw.fields).map((pair) => {
      const [name, value] = list(pair);
      return [text(name), text(value)];
    }),
    tree: readTree(raw.tree),
    raw: exact(raw.raw),
    length: count(raw.length),
    curl: typeof raw.curl === "string" ? exact(raw.curl) : null,
    pandas: exact(raw.pandas),
  };
}

function readClause(raw: unknown): Clause {
  const [said, joined, pass, value, missing, type, alone] = list(raw);
  return {
    text: text(said),
    joined: exact(joined),
    pass: count(pass),
    value: count(value),
    missing: count(missing),
    type: count(type),
    alone: count(alone),
  };
}

function readStop(raw: unknown): Stop {
  const [said, why, value] = list(raw);
  return {
    text: text(said),
    outcome: OUTCOMES.find((outcome) => outcome === why) ?? "value",
    value: typeof value === "string" ? text(value) : null,
  };
}

/** A message of the kernel to a feed; null: it is none. */
export function readMessage(raw: unknown): PageMessage | RowMessage | ClausesMessage | null {
  if (!isBag(raw) || typeof raw.view !== "string") return null;
  const { view } = raw;
  if (raw.feed === "row") {
    const stopped = list(raw.stopped).map(readStop);
    return { feed: "row", view, seq: count(raw.seq), row: readWhole(raw.row), stopped };
  }
  if (raw.feed === "clauses") {
    const parts = list(raw.parts).map(readClause);
    const [asked, of, more] = [count(raw.asked), count(raw.of), count(raw.more)];
    return { feed: "clauses", view, typed: exact(raw.typed), parts, asked, of, more };
  }
  if (raw.feed !== "page" && raw.feed !== "news") return null;
  const [seq, at] = list(raw.mark);
  return {
    feed: raw.feed,
    view,
    ask: finite(raw.ask),
    typed: exact(raw.typed),
    live: raw.live === true,
    mark: [Math.trunc(number(seq, -1)), number(at)],
    at: count(raw.at),
    items: list(raw.items)
      .map(readItem)
      .filter((item) => item !== null),
    total: count(raw.total),
    matched: count(raw.matched),
    of: count(raw.of),
    kept: count(raw.kept),
    fresh: count(raw.fresh),
    since: Math.trunc(number(raw.since, -1)),
    severities: counts(raw.severities),
    now: number(raw.now),
    bins: readBins(raw.bins),
    types: Array.isArray(raw.types)
      ? raw.types.map((pair): TypeCount => [text(list(pair)[0]), count(list(pair)[1])])
      : null,
    problem:
      typeof raw.error === "string"
        ? { text: text(raw.error), hint: text(raw.hint), column: finite(raw.column) }
        : null,
    warnings: list(raw.warnings).map((pair) => text(list(pair)[0])),
    find: isBag(raw.find) ? { seq: count(raw.find.seq), at: finite(raw.find.at) } : null,
  };
}

export const readSelected = (raw: unknown): number[] =>
  list(raw).filter((seq): seq is number => typeof seq === "number" && Number.isInteger(seq));
