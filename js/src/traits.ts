// What the kernel sends, read with care: whatever arrives becomes a whole Status or a whole toast, or nothing.

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
}

/** What the widget may ask the kernel to do. */
export type Request = { do: "reconnect" } | { do: "disconnect" } | { do: "module" };

/** The part of anywidget's model that is used here. */
export interface Model {
  get(name: string): unknown;
  on(event: string, callback: (content?: unknown) => void): void;
  off(event: string, callback: (content?: unknown) => void): void;
  send(content: Request): void;
}

type Bag = Record<string, unknown>;

const isBag = (raw: unknown): raw is Bag => typeof raw === "object" && raw !== null && !Array.isArray(raw);
const time = (raw: unknown): number | null => (typeof raw === "number" && Number.isFinite(raw) ? raw : null);
const whole = (raw: unknown, least: number): number => Math.max(least, Math.trunc(time(raw) ?? least));
const oneOf = <T extends string>(all: readonly T[], raw: unknown, otherwise: T): T =>
  all.includes(raw as T) ? (raw as T) : otherwise;

const LONGEST_TEXT = 2000;
// Control characters, and the marks by which text turns itself around: shown as U+FFFD, so that they are seen.
// Tab, line feed and carriage return are layout, which CSS decides about.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

const text = (raw: unknown): string =>
  typeof raw === "string" ? raw.slice(0, LONGEST_TEXT).replace(UNSEEN, "\ufffd") : "";

export function readStatus(raw: unknown): Status {
  const bag = isBag(raw) ? raw : {};
  return {
    state: oneOf(STATES, bag.state, "connecting"),
    name: text(bag.name),
    since: time(bag.since),
    attempt: whole(bag.attempt, 0),
    attempts: time(bag.attempts),
    next_retry_at: time(bag.next_retry_at),
    last_event_at: time(bag.last_event_at),
    last_byte_at: time(bag.last_byte_at),
    count: whole(bag.count, 0),
    cause: text(bag.cause),
    now: time(bag.now),
  };
}

export function readToasts(raw: unknown): ToastData[] {
  const toasts: ToastData[] = [];
  for (const bag of Array.isArray(raw) ? raw.filter(isBag) : []) {
    const id = time(bag.id);
    if (id === null) continue; // without one it can't be shown once
    const duration = time(bag.duration);
    toasts.push({
      id,
      rev: whole(bag.rev, 0),
      severity: oneOf(SEVERITIES, bag.severity, "info"),
      title: text(bag.title),
      text: text(bag.text),
      count: whole(bag.count, 1),
      at: time(bag.at) ?? 0,
      duration: duration === null ? null : Math.max(0, duration),
    });
  }
  return toasts;
}

export const readMore = (raw: unknown): number => whole(raw, 0);
