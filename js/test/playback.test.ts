import { describe, expect, it } from "vitest";
import { position, readPlayback, readRefused, readSketch } from "../src/replay/playback";
import { far, when } from "../src/replay/words";

const told = { at: 1000, started: 0, speed: 10, playing: true, ended: false };

describe("where a replay is by now", () => {
  it("goes on while it plays, as fast as it plays", () => {
    expect(position(told, 500, 60_000)).toBe(6000);
  });

  it("stands while it is paused, or goes as fast as possible", () => {
    expect(position({ ...told, playing: false }, 500, 60_000)).toBe(1000);
    expect(position({ ...told, speed: 0 }, 500, 60_000)).toBe(1000);
  });

  it("does not go beyond the end, nor back", () => {
    expect(position(told, 1e9, 60_000)).toBe(60_000);
    expect(position(told, -500, 60_000)).toBe(1000);
  });
});

describe("what the kernel tells", () => {
  it.each([null, 7, [], "x", { at: "1", speed: null, playing: 1 }])("is a whole playback: %j", (raw) => {
    expect(readPlayback(raw)).toEqual({ at: 0, started: 0, speed: 0, playing: false, ended: false });
  });

  it.each([null, {}, { sketch: 7 }, { feed: "page" }])("is no sketch: %j", (raw) => {
    expect(readSketch(raw)).toBeNull();
  });

  it("is a sketch, whatever is missing in it", () => {
    expect(readSketch({ sketch: { all: [1, "x"], gaps: [[1]], marks: [[2, 3]] } })).toEqual({
      duration: 0,
      events: 0,
      all: [1, 0],
      gaps: [[1, 0]],
      marks: [[2, "3"]],
    });
  });

  it("is a refusal only in words", () => {
    expect(readRefused({ refused: "closed" })).toBe("closed");
    expect(readRefused({ refused: 7 })).toBeNull();
  });
});

describe("words", () => {
  it("say how far it is", () => {
    expect([0, 59_999, 125_000, 3_725_000].map(far)).toEqual(["0:00", "0:59", "2:05", "1:02:05"]);
  });

  it("say when that was, if that is a time", () => {
    expect(when(0)).toBe("1970-01-01 00:00:00 UTC");
    expect(when(Number.MAX_VALUE)).toBe("");
  });
});
