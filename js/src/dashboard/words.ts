// Every word of the dashboard that a person reads. Pure: text in, text out.

import { ago, number, span, WORD } from "../words";
import type { Bucket, Hole, Lag, Named, Numbers, Part, Range, Stay } from "./wire";

export const DASHBOARD = (name: string): string => (name ? `Dashboard of ${name}` : "Dashboard");
export const FIGURES = "At a glance; focused, exact numbers are shown";
export const RANGE: Record<Range, { label: string; title: string }> = {
  seconds: { label: "5 min", title: "The last five minutes at most, second by second" },
  quarters: { label: "1 h", title: "The last hour at most, in quarters of a minute" },
};
export const RANGES_OF_TIME = "How far back";
export const CURSOR = "Moment: the arrow keys lead through the time";
/** What the colours of the pictures mean. */
export const LEGEND = {
  errors: "errors",
  warnings: "warnings",
  dark: "not heard: nothing is known, which is not zero",
} as const;
export const EVENTS = "Events/s";
export const BYTES = "Bytes/s";
export const CONNECTION = "Connection";
export const bySeverity = (rows: number): string => `${plural(rows, "row")} by severity`;
export const BY_TYPE = "By type";
export const FATE = "What became of all messages";
export const NONE = "–";
export const WHOLE_STREAM = "of the whole stream";

/** "48.2k": three digits, from 10,000 on. */
export function compact(n: number): string {
  if (n < 10_000) return number(n);
  const units = ["", "k", "M", "G", "T"];
  let [value, unit] = [n, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0).replace(/\.0+$/, "")}${units[unit]}`;
}

/** "0.4", "12", "48.2k": how many a second. */
export function perSecond(n: number): string {
  if (n === 0) return "0";
  if (n < 0.05) return "<0.1";
  return n < 99.95 ? n.toFixed(1).replace(/\.0$/, "") : compact(Math.round(n));
}

/** "3.4 kB" */
export function size(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [n, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** "12 ms", "−0.4 s": seconds in the unit that fits. */
export function seconds(s: number): string {
  const sign = s < 0 ? "−" : "";
  const size = Math.abs(s);
  if (size < 0.9995) return `${sign}${Math.round(size * 1000)} ms`;
  return size < 60 ? `${sign}${size.toFixed(1)} s` : `${sign}${span(size * 1000).text}`;
}

const clock = (ms: number): string => new Date(ms).toLocaleTimeString("en-GB");
export const time = (ms: number, fine: boolean): string => clock(ms).slice(0, fine ? 8 : 5);
export const age = (at: number | null, now: number): string =>
  at === null ? "none yet" : ago(now - at).text;

export const byte = (at: number | null, now: number): string =>
  at === null ? "no byte yet" : `last byte ${ago(now - at).text}`;

export const kept = ({ most, totals }: Numbers): string =>
  totals.evicted ? `${compact(totals.evicted)} let go of` : `of ${compact(most)} at most`;
export const keptExact = ({ kept, most, totals }: Numbers): string =>
  `${number(kept)} of at most ${number(most)}, ${number(totals.evicted)} let go of`;

export function lagHint(lag: Lag | null, rows: number): string {
  if (!lag) return rows ? "no event says when" : "no event yet";
  return `median ${seconds(lag.half)}`;
}
export function lagExact(lag: Lag | null): string {
  if (!lag) return "No event says when it happened, or all were sent again";
  const ahead = lag.newest < 0 ? "; their clock is ahead of this one" : "";
  return `The newest event came ${lag.newest.toFixed(3)} s after its own time; half of the newest ${number(lag.rows)} within ${lag.half.toFixed(3)} s${ahead}`;
}

export const FATES: Record<Part, { label: string; title: string }> = {
  stored: { label: "stored", title: "They became rows" },
  control: { label: "control", title: "About the connection itself: heartbeats and the like" },
  filtered: { label: "filtered", title: "The stream's own filters refused them" },
  duplicate: { label: "duplicate", title: "The server sent them a second time" },
  invalid: { label: "invalid", title: "They could not become rows" },
};
export const RECEIVED = "received";
export const toasts = (shown: number, suppressed: number, write = compact): string =>
  `Toasts: ${write(shown)} shown, ${write(suppressed)} suppressed`;
export const others = (kinds: number): string => (kinds === 1 ? "1 other" : `${number(kinds)} others`);
/** "41%": never 0% of what there is, nor 100% of what is not all. */
export const share = (part: number, of: number): string => {
  if (of === 0 || part === 0) return "";
  const percent = (100 * part) / of;
  if (percent < 1) return "<1%";
  return part < of && percent > 99 ? ">99%" : `${Math.round(percent)}%`;
};

const plural = (n: number, one: string): string => `${number(n)} ${one}${n === 1 ? "" : "s"}`;
export const connections = (reconnects: Named[], gaps: number): string => {
  const again = reconnects.reduce((sum, [, n]) => sum + n, 0);
  return again || gaps ? `${plural(again, "reconnect")} · ${plural(gaps, "gap")}` : "no gap";
};
export const because = (reconnects: Named[]): string =>
  reconnects.map(([name, n]) => `${name} ${number(n)}`).join(", ");
export const most = (value: string): string => `max ${value}`;

const RECOVERED = new Map<boolean | null, string>([
  [true, "recovered"],
  [false, "not recovered"],
  [null, "not known what was missed"],
]);
const hole = ({ reason, recovered }: Hole): string => `gap: ${reason}, ${RECOVERED.get(recovered)}`;

/** What is known of one stretch of time. */
export function told(
  at: number,
  width: number,
  bucket: Bucket | null,
  stay: Stay | undefined,
  dark: Hole | undefined,
): string {
  const time = width === 1 ? clock(at) : `${clock(at)} to ${clock(at + width * 1000)}`;
  const least = dark && bucket ? "at least " : "";
  const came = bucket
    ? [
        `${least}${plural(bucket.events, "event")}`,
        bucket.errors ? plural(bucket.errors, "error") : "",
        bucket.warnings ? plural(bucket.warnings, "warning") : "",
        size(bucket.bytes),
      ]
    : ["not known what came"];
  const state = stay ? `${WORD[stay.state]}${stay.cause ? ` (${stay.cause})` : ""}` : "";
  return [time, ...came, state, dark ? hole(dark) : ""].filter(Boolean).join(" · ");
}

const minutes = (ms: number): string => span(ms).text;

/** A picture over time, in words. */
export function picture(name: string, now: string, top: string, ms: number, holes: number): string {
  const gaps = holes ? `, with ${plural(holes, "stretch")} of which nothing is known` : "";
  return `${name} over the last ${minutes(ms)}: now ${now}, at most ${top}${gaps}`.replace(
    "stretchs",
    "stretches",
  );
}

/** The states of the connection, in words: how long it was in each, and how often it came again, and why. */
export function strip(stays: Stay[], start: number, end: number, summary: string, why: string): string {
  const long = new Map<string, number>();
  for (const { state, start: from, end: to } of stays) {
    const ms = Math.min(to ?? end, end) - Math.max(from, start);
    if (ms > 0) long.set(WORD[state], (long.get(WORD[state]) ?? 0) + ms);
  }
  const said = [...long].sort((a, b) => b[1] - a[1]).map(([word, ms]) => `${word} for ${span(ms).text}`);
  const again = why ? `${summary}: ${why}` : summary;
  return `${CONNECTION} over the last ${minutes(end - start)}: ${said.join(", ") || "nothing yet"}; in all ${again}`;
}

/** What stands beside the state: whether these numbers are of now. */
export function standing(numbers: Numbers, now: number, late: boolean): string {
  if (late) return `as of ${clock(now)} · no word of the kernel since`;
  if (!numbers.virtual) return "";
  if (numbers.tempo === 0) return `recording, standing at ${clock(now)}`;
  return `recording, ×${Number(numbers.tempo.toPrecision(3))} at ${clock(now)}`;
}

/** What is waited for while there is nothing; empty: there is something. */
export function waiting({ status, totals, rows }: Numbers): string {
  if (totals.received > 0 || rows > 0) return "";
  switch (status.state) {
    case "open":
    case "stale":
      return "Nothing has come yet: the numbers begin with the first event.";
    case "connecting":
    case "retrying":
      return "Connecting: the numbers begin with the first event.";
    case "unauthenticated":
      return "Not signed in: nothing is asked of the server before there is a token.";
    case "disconnected":
      return "Paused before anything came.";
    default:
      return "Nothing came.";
  }
}
