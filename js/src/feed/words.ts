// Every word of the feed that a person reads. Pure: text in, text out.

import type { Severity } from "../traits";
import { number, type Phrase, span } from "../words";
import type { Bins, Clause, Clauses, Gap, Row, Stop, Whole } from "./wire";

/** Why the list stands still, the strongest reason first. */
export const REASONS = ["gone", "button", "selection", "keys", "scroll", "hover"] as const;
export type Reason = (typeof REASONS)[number];

export const STANDING: Record<Reason, string> = {
  gone: "Kernel gone: showing what was loaded · run the cell again",
  button: "Paused by you · still collecting",
  selection: "Paused while a row is selected · Esc lets go",
  keys: "Paused while you move by keys · Esc lets go",
  scroll: "Paused while you read further down",
  hover: "Paused while you point at a row",
};
export const LIVE = "Live";
export const LOADING = "Loading";
export const WAITING = "Waiting for the kernel to answer";
export const local = (shown: number, loaded: number, busy: boolean): string =>
  `${busy ? "Kernel busy" : "So far"}: ${number(shown)} of the ${number(loaded)} loaded rows`;

export const FEED = "Feed";
export const WHERE = "where";
export const FILTER = "Filter the feed";
export const EXAMPLE = 'severity == "error", or /text';
export const PAUSE = "Pause feed";
export const RESUME = "Resume feed";
export const NOTHING = "No events yet";
export const NOTHING_FITS = "No event fits the filter";
export const NOTHING_HINT = "They appear here as they come.";
export const NOT_KEPT = "This row is kept no more.";
export const TIMELINE = "Events over time";

export const CHIP: Record<Severity, string> = {
  info: "info",
  success: "success",
  warning: "warning",
  error: "error",
};

export const fresh = (n: number): string => `${number(n)} new`;

/** What stands at the end of the filter box: how far the kernel's look at it is, in a sign and in words. */
export const VERDICT = {
  "": { sign: "", text: "" },
  ok: { sign: "✓", text: "The filter can be read" },
  warning: { sign: "!", text: "The filter can be read, but is hardly meant so" },
  error: { sign: "✕", text: "The filter can't be read" },
  checking: { sign: "…", text: "Checking" },
  late: { sign: "…", text: "The kernel is busy: the filter is checked when it answers" },
} as const;
export type VerdictKind = keyof typeof VERDICT;

export const TYPES = "Types";
export const CLAUSES = "What the filter asks";
export const REMOVE = "Remove from the filter";
export const remove = (clause: string): string => `Remove ${clause}`;
export const UNDO = "Undo";
export const UNDO_TITLE = "Back to the filter as it was";
export const REFUSED = "Kept out";
export const REFUSED_TITLE = "Show the events that the filter keeps out";
export const REFUSED_FEED = "Feed: events that the filter keeps out";
export const SHOWING_REFUSED = "What the filter keeps out";
export const NOTHING_REFUSED = "The filter keeps no event out";

/** "41%": never 0% of what there is, nor 100% of what is not all. */
export function share(part: number, of: number): string {
  if (of === 0) return "";
  const percent = (100 * part) / of;
  if (part > 0 && percent < 1) return "<1%";
  if (part < of && percent > 99) return ">99%";
  return `${Math.round(percent)}%`;
}

/** All that is known of a clause. */
export function clause({ text, pass, value, missing, type, alone }: Clause, asked: number): string {
  const refused = [
    value ? `${number(value)} by value` : "",
    missing ? `${number(missing)} for a missing field` : "",
    type ? `${number(type)} for a wrong type` : "",
  ].filter(Boolean);
  return [
    text,
    `passes ${number(pass)} of ${number(asked)} events`,
    refused.length ? `refuses ${refused.join(", ")}` : "",
    alone ? `alone keeps ${number(alone)} out` : "",
  ]
    .filter(Boolean)
    .join("\n");
}

/** On what the shares rest, where that is not all rows. */
export function basis({ asked, of, more }: Clauses): string {
  const others = more ? `${number(more)} more clauses` : "";
  const sample = asked < of ? `shares of the newest ${number(asked)}` : "";
  return [others, sample].filter(Boolean).join(" · ");
}

/** What a clause saw in the row that it stopped. */
export function saw({ outcome, value }: Stop): string {
  if (outcome === "missing") return "nothing there";
  if (value === null) return "did not pass";
  return outcome === "type" ? `saw ${value}, of another type` : `saw ${value}`;
}
export const STOPPED = "Kept out by";
export const RELAX = "Relax";
export const relax = (clause: string): string => `Relax: take ${clause} out of the filter`;

/** "53 of 1,256 · 100,000 kept" */
export function tally(matched: number, of: number, kept: number): string {
  const fit = matched === of ? "" : `${number(matched)} of ${number(of)}`;
  const rows = `${number(kept)} kept`;
  if (fit) return of === kept ? `${number(matched)} of ${rows}` : `${fit} · ${rows}`;
  return of === kept ? rows : `${number(of)} of ${rows}`;
}

/** "12 s": how long ago; a moment in the future is now. */
export const age = (at: number, now: number): Phrase =>
  now - at < 1000 ? { text: "now", next: Math.max(1, 1000 - (now - at)) } : span(now - at);

export const moment = (at: number): string =>
  Math.abs(at) <= 8.64e15
    ? new Date(at).toISOString().replace("T", " ").replace("Z", " UTC")
    : "unknown time";
const clock = (at: number): string =>
  Math.abs(at) <= 8.64e15 ? new Date(at).toLocaleTimeString("en-GB") : "?";
/** The time of day; with the day if it was another one, and with milliseconds if it is `fine`. */
export function when(at: number, now: number, fine = false): string {
  if (Math.abs(at) > 8.64e15) return "?";
  const day = new Date(at).toLocaleDateString("en-CA");
  const time = fine ? `${clock(at)}.${new Date(at).toISOString().slice(20, 23)}` : clock(at);
  return day === new Date(now).toLocaleDateString("en-CA") ? time : `${day} ${time}`;
}

const RECOVERED = new Map<boolean | null, string>([
  [true, "recovered: the server sent what was missed"],
  [false, "not recovered: the server kept nothing"],
  [null, "not known whether anything was missed"],
]);

/** "Gap of 41 s", and what is known of it. */
export function gap({ start, end, reason, recovered, count }: Gap): { title: string; text: string } {
  const many = count > 1 ? `${number(count)} gaps` : "Gap";
  const within = count > 1 ? " within" : " of";
  const title = end === null ? `${many}, and still open` : `${many}${within} ${span(end - start).text}`;
  const times = end === null ? `since ${clock(start)}` : `${clock(start)} to ${clock(end)}`;
  return { title, text: [reason, times, RECOVERED.get(recovered)].filter(Boolean).join(" · ") };
}

/** What a row says; where it has no message, its status. */
export const said = ({ message, status }: Row): string =>
  message && status && !message.toLowerCase().includes(status.toLowerCase())
    ? `${status} · ${message}`
    : message || status;

/** "1,203 kept out · 100,000 kept" */
export const tallyRefused = (matched: number, of: number, kept: number): string =>
  `${matched === of ? number(of) : `${number(matched)} of ${number(of)}`} kept out · ${number(kept)} kept`;

export function bar({ start, width, all, warnings, errors, gaps }: Bins, at: number): string {
  const from = start + at * width;
  const numbers = [
    `${number(all[at] ?? 0)} events`,
    errors[at] ? `${number(errors[at])} errors` : "",
    warnings[at] ? `${number(warnings[at])} warnings` : "",
    gaps.has(at) ? "a gap: not all may have come" : "",
  ];
  return `${clock(from)} to ${clock(from + width)} · ${numbers.filter(Boolean).join(" · ")}`;
}

export function picture(bins: Bins): string {
  const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
  const end = bins.start + bins.width * bins.all.length;
  const gaps = bins.gaps.size ? ", with gaps" : "";
  return `${TIMELINE}: ${number(sum(bins.all))} from ${clock(bins.start)} to ${clock(end)}, ${number(sum(bins.errors))} of them errors${gaps}`;
}

export const DRAWER = {
  region: (seq: number): string => `Event ${seq}`,
  json: "Copy JSON",
  curl: "Copy curl",
  pandas: "Copy pandas",
  close: "Close",
  copied: "Copied",
  failed: "Not copied",
  payload: "Payload",
  fields: "Fields",
  raw: "As it came",
  loading: "Asking the kernel …",
  lost: "The kernel is gone: it can't be asked any more",
  json_title: "The payload as it came",
  curl_title: "A command that asks the server; no token in it",
  more: (n: number): string => `… ${number(n)} more`,
  cut: ({ raw, length, seq }: Whole): string =>
    `The first ${number(raw.length)} of ${number(length)} characters · all: df.loc[${seq}, "data"]`,
};

export const size = (kind: "object" | "list", n: number): string =>
  kind === "list" ? `[${number(n)}]` : `{${number(n)}}`;
