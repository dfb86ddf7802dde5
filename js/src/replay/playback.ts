// What the kernel tells of a replay, read with care; and where the replay is by now. All times in milliseconds.

import { finite, isBag, list } from "../raw";

/** Where a replay was when that was told. */
export interface Playback {
  /** Since the beginning of the recording. */
  at: number;
  /** When the recording began, since 1970. */
  started: number;
  /** How many times as fast as it was; 0: as fast as possible. */
  speed: number;
  playing: boolean;
  ended: boolean;
}

/** What the recording looks like from afar. */
export interface Sketch {
  duration: number;
  events: number;
  /** How many events there are in each of equal parts of the duration. */
  all: number[];
  gaps: [start: number, end: number][];
  marks: [at: number, text: string][];
}

/** What a page may ask of a replay. */
export type Wish =
  | { do: "play" | "pause" | "sketch" }
  | { do: "step"; n: number }
  | { do: "seek"; at: number }
  | { do: "speed"; speed: number };

/** The part of anywidget's model that is used here. */
export interface PlayerModel {
  get(name: string): unknown;
  on(event: string, callback: (content?: unknown) => void): void;
  off(event: string, callback: (content?: unknown) => void): void;
  send(content: Wish): void;
}

const number = (raw: unknown): number => finite(raw) ?? 0;

export function readPlayback(raw: unknown): Playback {
  const bag = isBag(raw) ? raw : {};
  return {
    at: Math.max(0, number(bag.at)),
    started: number(bag.started),
    speed: Math.max(0, number(bag.speed)),
    playing: bag.playing === true,
    ended: bag.ended === true,
  };
}

/** The sketch in a message; null: it has none. */
export function readSketch(content: unknown): Sketch | null {
  const raw = isBag(content) ? content.sketch : null;
  if (!isBag(raw)) return null;
  const pair = (each: unknown): [number, number] => {
    const [start, end] = list(each);
    return [number(start), number(end)];
  };
  return {
    duration: Math.max(0, number(raw.duration)),
    events: number(raw.events),
    all: list(raw.all).map(number),
    gaps: list(raw.gaps).map(pair),
    marks: list(raw.marks).map((each) => [number(list(each)[0]), String(list(each)[1] ?? "").slice(0, 200)]),
  };
}

/** Why something was refused; null: nothing was. */
export function readRefused(content: unknown): string | null {
  return isBag(content) && typeof content.refused === "string" ? content.refused : null;
}

/** Where it is, so many milliseconds after it was told, in a recording of this length (0: not known yet). */
export function position(told: Playback, since: number, duration: number): number {
  const at = told.playing && told.speed > 0 ? told.at + Math.max(0, since) * told.speed : told.at;
  return duration > 0 ? Math.min(at, duration) : at;
}
