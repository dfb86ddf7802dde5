// Every word a person reads, in one place. Pure: text in, text out, and how long the text stays true.

import { soonest } from "./clock";
import type { Change, Mute, Severity, State, Status } from "./traits";

/** `gone` is known by the browser alone: the kernel that held the stream is no longer there. */
export type Shown = State | "gone";

/** A text, and the milliseconds until it has to be written anew (null: it stays true). */
export interface Phrase {
  text: string;
  next: number | null;
}

export interface Action {
  label: string;
  title: string;
  do: "reconnect" | "disconnect";
  quiet?: true;
}

export const WORD: Record<Shown, string> = {
  unauthenticated: "Not signed in",
  connecting: "Connecting",
  open: "Connected",
  stale: "Stale",
  retrying: "Reconnecting",
  exhausted: "Gave up",
  unauthorized: "Not authorized",
  disconnected: "Paused",
  closed: "Closed",
  gone: "Kernel gone",
};

/** The way out of each state. The others are left in words: a token, a new cell, or a moment's patience. */
export const ACTION: Partial<Record<Shown, Action>> = {
  open: {
    label: "Pause",
    title: "Stop receiving",
    do: "disconnect",
    quiet: true,
  },
  stale: { label: "Reconnect", title: "Make a new connection", do: "reconnect" },
  retrying: { label: "Try now", title: "Do not wait", do: "reconnect" },
  exhausted: { label: "Try again", title: "Start anew", do: "reconnect" },
  disconnected: { label: "Resume", title: "Go on where it stopped", do: "reconnect" },
};

export const SEVERITY: Record<Severity, string> = {
  info: "Information",
  success: "Success",
  warning: "Warning",
  error: "Error",
};

/** States that are worth an alarm, once they have lasted for a moment. */
export const ALARM: ReadonlySet<Shown> = new Set<Shown>([
  "stale",
  "retrying",
  "exhausted",
  "unauthorized",
  "gone",
]);

export const HUSH = "Hide until the next drop";
export const TIMELINE = "What the connection went through";
export const WAITING_FOR_TIMELINE = "Asking the kernel …";
export const NO_TIMELINE = "The kernel is gone: it can't be asked any more";
export const SHOW = "Show";
export const COPY = "Copy";
export const MUTE = "Mute";
export const CANCEL = "Cancel";
export const UNDO = "Undo";
/** For how long a toast is muted by its button. */
export const MUTE_SECONDS = 15 * 60;
export const MUTE_FOR = "Mute for 15 min:";
/** The key that leads to the toasts, and back. */
export const HOTKEY = "F8";
export const acted = (label: string, done: boolean): string => `${label} ${done ? "✓" : "✕"}`;

export const WAITING_FOR_KERNEL = "waiting for the kernel to answer";
export const FEED = "Feed";
export const loading = (name: string): string => `Asking the kernel for the ${name} …`;
export const notLoaded = (name: string, why: string): string => `The ${name} could not be loaded (${why})`;
export const TOASTS = `Notifications (${HOTKEY})`;
export const DISMISS_ALL = "Dismiss all";
/** What a user types when a token is missing or refused. */
export const LOGIN = "stream.login(token)";

export const label = (name: string): string => (name ? `Event stream ${name}` : "Event stream");
export const dismiss = (title: string): string => `Dismiss: ${title}`;

export const number = (n: number): string => n.toLocaleString("en-US");
export const events = (n: number): string => (n === 1 ? "1 event" : `${number(n)} events`);
export const times = (n: number): string => (n > 1 ? `×${number(n)}` : "");

const SECOND = 1000;
const UNITS = [
  { name: "d", ms: 86_400 * SECOND },
  { name: "h", ms: 3_600 * SECOND },
  { name: "min", ms: 60 * SECOND },
  { name: "s", ms: SECOND },
] as const;

/** "47 s", "3 min": one unit, rounded down, and the time until the next number. */
export function span(ms: number): Phrase {
  const past = Math.max(0, ms);
  const unit = UNITS.find((one) => past >= one.ms) ?? UNITS[3];
  return { text: `${Math.floor(past / unit.ms)} ${unit.name}`, next: unit.ms - (past % unit.ms) };
}

/** "just now", "2 s ago". */
export function ago(ms: number): Phrase {
  const { text, next } = span(ms);
  return { text: ms < SECOND ? "just now" : `${text} ago`, next: ms < 0 ? SECOND - ms : next };
}

/** "in 6 s": rounded up, so that it reaches 0 when the time has come. */
function until(ms: number): Phrase {
  const seconds = Math.ceil(ms / SECOND);
  if (seconds < 60) return { text: `in ${seconds} s`, next: ms - (seconds - 1) * SECOND };
  const rest = seconds % 60;
  const text = `in ${Math.floor(seconds / 60)} min${rest ? ` ${rest} s` : ""}`;
  return { text, next: ms - (seconds - 1) * SECOND };
}

const still = (text: string): Phrase => ({ text, next: null });
const join = (...parts: string[]): string => parts.filter(Boolean).join(" · ");

/** The word of a state, with the countdown where there is one. */
export function word(shown: Shown, status: Status, now: number): Phrase {
  const left = shown === "retrying" && status.next_retry_at !== null ? status.next_retry_at - now : 0;
  if (left <= 0) return still(WORD[shown]);
  const { text, next } = until(left);
  return { text: `${WORD.retrying} ${text}`, next };
}

function attempt({ attempt, attempts }: Status): string {
  if (attempt < 1) return "";
  return attempts === null
    ? `attempt ${number(attempt)}`
    : `attempt ${number(attempt)} of ${number(attempts)}`;
}

/** What stands beside the word: why it is so, since when, and what to do. */
export function detail(shown: Shown, status: Status, now: number): Phrase {
  const age = (at: number | null, say: (phrase: Phrase) => string, otherwise: string, tell = ago): Phrase => {
    if (at === null) return still(otherwise);
    const phrase = tell(now - at);
    return { text: say(phrase), next: phrase.next };
  };
  const { cause } = status;
  switch (shown) {
    case "open":
      return heard(status, now);
    case "stale": {
      const why = cause ? ` (${cause})` : "";
      return age(
        status.last_byte_at ?? status.since,
        ({ text }) => `open, but nothing for ${text}${why}`,
        `open, but silent${why}`,
        span,
      );
    }
    case "connecting":
    case "retrying":
      return still(join(attempt(status), cause));
    case "exhausted":
      return still(cause); // the kernel's words already tell how many attempts there were
    case "disconnected": {
      const who = cause || "by you";
      return age(status.since, ({ text }) => `${who}, ${text}`, who);
    }
    case "closed": {
      const kept = "what was kept stays readable";
      return age(status.since, ({ text }) => join(cause, text, kept), join(cause, kept));
    }
    case "gone": {
      const at = status.now === null ? "" : ` at ${wall(status.now)}`;
      return still(`showing what was here${at} · run the cell again`);
    }
    case "unauthenticated":
    case "unauthorized":
      return still(cause); // followed by LOGIN, set as code
  }
}

const QUIET = 10 * SECOND; // without an event: then it counts that bytes come all the same

/** The age of the last event; and of the last byte, where that tells more. */
function heard({ last_event_at: event, last_byte_at: byte }: Status, now: number): Phrase {
  const ageOf = (at: number | null): Phrase | null => (at === null ? null : ago(now - at));
  const [ofEvent, ofByte] = [ageOf(event), ageOf(byte)];
  const said = ofEvent ? `last event ${ofEvent.text}` : "no event yet";
  const alive = ofByte && (event === null || now - event >= QUIET);
  return {
    text: join(said, alive ? `last byte ${ofByte.text}` : ""),
    next: soonest(ofEvent?.next, alive ? ofByte.next : null),
  };
}

/** What a compact bar says beside the word. */
export function brief(shown: Shown, status: Status, now: number): Phrase {
  const at = shown === "open" ? status.last_event_at : shown === "stale" ? status.last_byte_at : null;
  return at === null || (shown !== "open" && shown !== "stale") ? still("") : ago(now - at);
}

/** One change of the timeline: when it began, and how long it lasted. */
export function lasted({ start, end }: Change, now: number): { at: string; long: string } {
  if (start === null) return { at: "", long: "" };
  const today = new Date(now).toDateString() === new Date(start).toDateString();
  const date = today ? "" : `${new Date(start).toLocaleDateString("en-CA")} `;
  return { at: `${date}${wall(start)}`, long: span((end ?? now) - start).text };
}

/** The time of day, here. */
const wall = (ms: number): string => new Date(ms).toLocaleTimeString("en-GB");

/** What a screen reader says when the state changes. */
export const spoken = (shown: Shown, status: Status): string =>
  [WORD[shown], status.name, shown === "open" ? "" : status.cause].filter(Boolean).join(", ");

const said = ({ type, resource }: Mute): string => [type, resource].filter(Boolean).join(" of ");

/** What is muted, and for how much longer. */
export function muted(mute: Mute, now: number): Phrase {
  const { until } = mute;
  const left = span(until - now + SECOND);
  return {
    text: `${said(mute)} muted, ${left.text} left`,
    next: Math.max(1, (until - now) % SECOND || SECOND),
  };
}

/** How many mutes there is no room to name. */
export const moreMutes = (n: number): string => (n > 0 ? `and ${number(n)} more` : "");
export const undo = (mute: Mute): string => `Undo: ${said(mute)}`;

/** A toast as plain text, to be copied. */
export const copied = (title: string, count: number, said: string): string =>
  [[title, times(count)].filter(Boolean).join(" "), said].filter(Boolean).join("\n");

/** The line below the toasts; empty when there is nothing to say. */
export function more(waiting: number, unshown: number, held: boolean): string {
  return join(
    waiting ? `${number(waiting)} more` : "",
    unshown ? `${number(unshown)} ${waiting ? "" : "more "}not shown` : "",
    held && waiting ? "on hold while you are here" : "",
  );
}
