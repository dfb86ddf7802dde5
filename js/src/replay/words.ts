// Every word of the player, in one place.

import type { Sketch } from "./playback";

export const PLAYER = "Replay";
export const PLAY = "Play";
export const PAUSE = "Pause";
export const AGAIN = "Play again";
export const STEP = "Next event";
export const SPEED = "Speed";
export const FASTEST = "max";
export const POSITION = "Position in the recording";
export const NO_KERNEL = "no kernel: run the cell again to play it";

export const speed = (times: number): string => (times > 0 ? `${times}×` : FASTEST);

const two = (n: number): string => String(n).padStart(2, "0");

/** "2:05", "1:02:05": how far it is. */
export function far(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** "2026-11-28 23:34:22 UTC": when that was. */
export const when = (ms: number): string =>
  Math.abs(ms) < 8.64e15 ? `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC` : "";

export const of = (at: string, all: string): string => `${at} / ${all}`;
export const spoken = (at: string, all: string, moment: string): string => `${at} of ${all}, ${moment}`;
export const mark = (at: number, text: string): string => `${far(at)} · ${text}`;

/** What the picture shows, for who can't see it. */
export function picture({ events, gaps, marks }: Sketch): string {
  const plural = (n: number, one: string): string =>
    `${n.toLocaleString("en-US")} ${one}${n === 1 ? "" : "s"}`;
  return `${plural(events, "event")}, ${plural(gaps.length, "gap")}, ${plural(marks.length, "mark")}`;
}
