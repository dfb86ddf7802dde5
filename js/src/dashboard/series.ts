// What there is to be drawn over time: for each stretch how many a second, or that it is not known. Pure.
//
// The law: silence is only a zero where the stream would have been heard. In a gap, while it is stale, before it was
// ever open and after it has ended nothing is known, and nothing is drawn.

import { type Bucket, type Hole, type Numbers, RANGES, type Range } from "./wire";

export interface Window {
  range: Range;
  /** Milliseconds since 1970. */
  start: number;
  end: number;
  /** Seconds of a stretch. */
  width: number;
  /** What came in each; null: it is not known whether anything did. */
  buckets: (Bucket | null)[];
  /** Where nothing is known, and why. */
  dark: Hole[];
}

const TICKS = [15_000, 30_000, 60_000, 180_000, 300_000, 900_000]; // milliseconds between two names of the time
const RATE = 5; // seconds over which the present rate is counted
const ENDED = new Set(["retrying", "exhausted", "unauthorized", "unauthenticated", "disconnected", "closed"]);

/** Where the stream could not be heard, as far as is known at `now`. */
function darkness(numbers: Numbers, now: number): Hole[] {
  const { state, since, last_byte_at: heard, cause } = numbers.status;
  const dark = numbers.holes.map((hole) => ({ ...hole }));
  const open = dark.some(({ end }) => end === null);
  if (state === "stale" && heard !== null)
    dark.push({ start: heard, end: null, reason: cause || "silent", recovered: null });
  else if (ENDED.has(state) && since !== null && !open)
    dark.push({ start: since, end: null, reason: cause || state, recovered: null });
  return dark.map((hole) => ({ ...hole, end: Math.max(hole.start, hole.end ?? now) }));
}

/** How many stretches are shown: of a stream that is young fewer, or it would be a sliver at the edge. */
function howMany({ began }: Numbers, range: Range, now: number): number {
  const { width, number } = RANGES[range];
  const age = began === null ? 0 : (now - began) / 1000 / width;
  return [number / 5, (2 * number) / 5].find((some) => age < 0.9 * some) ?? number;
}

export function windowOf(numbers: Numbers, range: Range, now: number): Window {
  const { width } = RANGES[range];
  const number = howMany(numbers, range, now);
  const last = Math.floor(now / 1000 / width) * width; // the one that is not over is none yet
  const first = last - number * width;
  const dark = darkness(numbers, now);
  const { began } = numbers;
  const known = (at: number): boolean => {
    const [low, high] = [at * 1000, (at + width) * 1000];
    if (began === null || high <= began) return false;
    return !dark.some(({ start, end }) => start < high && (end ?? now) > low);
  };
  const buckets = Array.from({ length: number }, (_, index): Bucket | null => {
    const at = first + index * width;
    const found = numbers.buckets[range].get(at);
    if (found) return found; // at least these came
    return known(at) ? { at, events: 0, bytes: 0, warnings: 0, errors: 0 } : null;
  });
  return { range, start: first * 1000, end: last * 1000, width, buckets, dark };
}

/** How many a second now: over the last whole seconds of which anything is known; null: nothing is. */
export function rate(numbers: Numbers, now: number, of: "events" | "bytes"): number | null {
  const { buckets } = windowOf(numbers, "seconds", now);
  const { began } = numbers;
  const known = buckets
    .slice(-RATE)
    .filter((bucket) => bucket !== null && began !== null && (bucket.at + 1) * 1000 > began);
  if (buckets.at(-1) === null || known.length === 0) return null;
  return known.reduce((sum, bucket) => sum + (bucket?.[of] ?? 0), 0) / known.length;
}

/** The most in a second. */
export const peak = ({ buckets, width }: Window, of: "events" | "bytes"): number =>
  Math.max(0, ...buckets.map((bucket) => (bucket?.[of] ?? 0) / width));

/** Moments that are named below the pictures, on whole minutes or parts of them: their places, from 0 to 1. */
export function ticks({ start, end }: Window): { at: number; place: number; fine: boolean }[] {
  const long = end - start;
  const step = TICKS.find((one) => long / one < 6) ?? 900_000;
  // on the hour here, wherever that is
  const offset = new Date(end).getTimezoneOffset() * 60_000;
  const first = Math.ceil((start - offset) / step) * step + offset;
  const found: { at: number; place: number; fine: boolean }[] = [];
  for (let at = first; at <= end; at += step)
    found.push({ at, place: (at - start) / long, fine: step < 60_000 });
  return found;
}

/** An area below steps, on a field of `buckets.length` × 100; broken where nothing is known. */
export function steps(values: (number | null)[], most: number): { area: string; line: string } {
  const [area, line]: [string[], string[]] = [[], []];
  const high = (value: number): string => (100 - (100 * value) / (most || 1)).toFixed(2);
  let from: number | null = null;
  values.forEach((value, at) => {
    if (value === null) {
      if (from !== null) area.push(`V100H${from}Z`);
      from = null;
      return;
    }
    const y = high(value);
    if (from === null) {
      from = at;
      area.push(`M${at} 100V${y}H${at + 1}`);
      line.push(`M${at} ${y}H${at + 1}`);
    } else {
      area.push(`V${y}H${at + 1}`);
      line.push(`V${y}H${at + 1}`);
    }
  });
  if (from !== null) area.push(`V100H${from}Z`);
  return { area: area.join(""), line: line.join("") };
}
