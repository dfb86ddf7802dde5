// What the kernel sends, read with care: whatever arrives becomes a whole Status or a whole toast, or nothing.

import { finite, isBag, list } from "./raw";

export const STATES = [
  "unauthenticated",
  "connecting",
  "open",
  "stale",
  "retrying",
  "exhausted",
  "unauthorized",
  "disconnected",
  "closed",
] as const;
export type State = (typeof STATES)[number];

/** From best to worst; the order in which waiting toasts overtake each other. */
export const SEVERITIES = ["info", "success", "warning", "error"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** All times in milliseconds since 1970, by the kernel's clock. */
export interface Status {
  state: State;
  name: string;
  since: number | null;
  attempt: number;
  /** How many attempts are made at most; null: no limit. */
  attempts: number | null;
  next_retry_at: number | null;
  last_event_at: number | null;
  last_byte_at: number | null;
  count: number;
  cause: string;
  /** The kernel's clock at sending; null: not told. */
  now: number | null;
}

export interface ToastData {
  id: number;
  /** Grows when the kernel folds another event into the same toast. */
  rev: number;
  severity: Severity;
  title: string;
  text: string;
  count: number;
  at: number;
  /** Milliseconds on the screen; null: until it is dismissed. */
  duration: number | null;
  /** The newest row that it stands for; null: it stands for none. */
  seq: number | null;
  /** What can be muted of it: empty where it is of no one kind. */
  type: string;
  resource: string;
  /** Labels of the user's own buttons. */
  actions: string[];
}

/** What is not to be toasted for a while; empty texts stand for "any". */
export interface Mute {
  type: string;
  resource: string;
  until: number;
}

/** One state that the connection was in; times in milliseconds since 1970. */
export interface Change {
  start: number | null;
  end: number | null;
  state: State;
  attempt: number;
  cause: string;
}

/** Which part of a stream is shown. */
export const PARTS = ["all", "indicator", "compact", "toasts"] as const;
export type Part = (typeof PARTS)[number];

/** What the widget may ask the kernel to do. */
export type Request =
  | { do: "reconnect" }
  | { do: "disconnect" }
  | { do: "module"; name: string }
  | { do: "timeline" }
  | { do: "dismiss"; toasts: [id: number, count: number][] }
  | { do: "mute"; type: string | null; resource: string | null; seconds: number }
  | { do: "unmute"; type: string | null; resource: string | null }
  | { do: "action"; toast: number; seq: number | null; label: string };

/** The part of anywidget's model that is used here. */
export interface Model {
  get(name: string): unknown;
  on(event: string, callback: (content?: unknown) => void): void;
  off(event: string, callback: (content?: unknown) => void): void;
  send(content: Request): void;
}

const whole = (raw: unknown, least: number): number => Math.max(least, Math.trunc(finite(raw) ?? least));
const oneOf = <T extends string>(all: readonly T[], raw: unknown, otherwise: T): T =>
  all.includes(raw as T) ? (raw as T) : otherwise;

const LONGEST_TEXT = 2000;
// Control characters, and the marks by which text turns itself around: shown as U+FFFD, so that they are seen.
// Tab, line feed and carriage return are layout, which CSS decides about.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

export const text = (raw: unknown): string =>
  typeof raw === "string" ? raw.slice(0, LONGEST_TEXT).replace(UNSEEN, "\ufffd") : "";

export function readStatus(raw: unknown): Status {
  const bag = isBag(raw) ? raw : {};
  return {
    state: oneOf(STATES, bag.state, "connecting"),
    name: text(bag.name),
    since: finite(bag.since),
    attempt: whole(bag.attempt, 0),
    attempts: finite(bag.attempts),
    next_retry_at: finite(bag.next_retry_at),
    last_event_at: finite(bag.last_event_at),
    last_byte_at: finite(bag.last_byte_at),
    count: whole(bag.count, 0),
    cause: text(bag.cause),
    now: finite(bag.now),
  };
}

export function readToasts(raw: unknown): ToastData[] {
  const toasts: ToastData[] = [];
  for (const bag of list(raw).filter(isBag)) {
    const id = finite(bag.id);
    if (id === null) continue; // without one it can't be shown once
    const duration = finite(bag.duration);
    toasts.push({
      id,
      rev: whole(bag.rev, 0),
      severity: oneOf(SEVERITIES, bag.severity, "info"),
      title: text(bag.title),
      text: text(bag.text),
      count: whole(bag.count, 1),
      at: finite(bag.at) ?? 0,
      duration: duration === null ? null : Math.max(0, duration),
      seq: finite(bag.seq),
      type: text(bag.type),
      resource: text(bag.resource),
      actions: list(bag.actions).map(text),
    });
  }
  return toasts;
}

export const readMutes = (raw: unknown): Mute[] =>
  list(raw)
    .filter(isBag)
    .map((bag) => ({
      type: text(bag.type),
      resource: text(bag.resource),
      until: finite(bag.until) ?? 0,
    }));

export const readIds = (raw: unknown): number[] => list(raw).filter((id) => finite(id) !== null) as number[];
export const readPart = (raw: unknown): Part => oneOf(PARTS, raw, "all");
export const readKey = (raw: unknown): string => text(raw);

/** The timeline in a message of the kernel, oldest first; null: it is none. */
export function readTimeline(raw: unknown): Change[] | null {
  if (!isBag(raw) || !Array.isArray(raw.timeline)) return null;
  return raw.timeline.map((each) => {
    const [start, end, state, attempt, cause] = list(each);
    return {
      start: finite(start),
      end: finite(end),
      state: oneOf(STATES, state, "connecting"),
      attempt: whole(attempt, 0),
      cause: text(cause),
    };
  });
}

/** What became of a button of the user's own; null: the message is about something else. */
export function readActed(raw: unknown): { toast: number; label: string; done: boolean } | null {
  if (!isBag(raw) || finite(raw.acted) === null) return null;
  return { toast: finite(raw.acted) ?? 0, label: text(raw.label), done: raw.done === true };
}

export const readMore = (raw: unknown): number => whole(raw, 0);
