import { describe, expect, it } from "vitest";
import { rate, steps, ticks, windowOf } from "../../src/dashboard/series";
import { Numbers } from "../../src/dashboard/wire";
import { S0, T0, told } from "./helpers";

const numbersOf = (more: Record<string, unknown> = {}): Numbers => {
  const numbers = new Numbers();
  numbers.all(told(more));
  return numbers;
};
const counts = (numbers: Numbers, now = T0): (number | null)[] =>
  windowOf(numbers, "seconds", now).buckets.map((bucket) => bucket?.events ?? null);
const status = (more: Record<string, unknown>) => ({
  status: { ...(told().status as object), ...more },
});

describe("a zero is only where the stream would have been heard", () => {
  it("before it was ever open nothing is known", () => {
    const all = counts(numbersOf());
    expect([all.length, all.indexOf(2), all[199], all[20], all[19]]).toEqual([300, 200, 0, 0, null]);
    expect(counts(numbersOf({ began: null, seconds: [] })).every((each) => each === null)).toBe(true);
  });
  it("open and silent it is zero", () => {
    expect(counts(numbersOf(), T0 + 10_000).slice(-11)).toEqual([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
  it("in a gap it is not known, but for what came in the seconds that it touches", () => {
    const seconds = (told().seconds as number[][]).filter(([at = 0]) => at < S0 - 20 || at >= S0 - 10);
    const numbers = numbersOf({ seconds, gaps: [[T0 - 20_500, T0 - 9_500, "reset", false]] });
    expect(counts(numbers).slice(-22)).toEqual([2, 2, ...Array(10).fill(null), ...Array(10).fill(2)]);
  });
  it("what is stale, or has ended, is not known from then on", () => {
    const stale = numbersOf(status({ state: "stale", last_byte_at: T0 - 500 }));
    expect(counts(stale, T0 + 3_000).slice(-4)).toEqual([2, null, null, null]);
    for (const state of ["closed", "disconnected", "exhausted", "retrying"]) {
      const ended = numbersOf(status({ state, since: T0 }));
      expect(counts(ended, T0 + 3_000).slice(-4)).toEqual([2, null, null, null]);
      expect(rate(ended, T0 + 3_000, "events")).toBeNull();
    }
  });
});

it("counts the present rate over the last whole seconds that are known", () => {
  expect([rate(numbersOf(), T0, "events"), rate(numbersOf(), T0, "bytes")]).toEqual([2, 440]);
  expect(rate(numbersOf(), T0 + 4_000, "events")).toBeCloseTo(0.4);
  const young = numbersOf({
    began: T0 - 2_000,
    seconds: [
      [S0 - 2, 8, 1, 0, 0],
      [S0 - 1, 4, 1, 0, 0],
    ],
  });
  expect(rate(young, T0, "events")).toBe(6);
  expect(rate(numbersOf({ began: null, seconds: [] }), T0, "events")).toBeNull();
});

it("draws steps that are broken where nothing is known", () => {
  expect(steps([1, 2, null, 0], 2)).toEqual({
    area: "M0 100V50.00H1V0.00H2V100H0ZM3 100V100.00H4V100H3Z",
    line: "M0 50.00H1V0.00H2M3 100.00H4",
  });
  expect(steps([null, null], 0)).toEqual({ area: "", line: "" });
});

it("names whole minutes, and quarters of an hour, at their places", () => {
  const five = ticks(windowOf(numbersOf(), "seconds", T0));
  expect([five.length, five.every(({ at }) => at % 60_000 === 0)]).toEqual([5, true]);
  expect(five.every(({ place }) => place >= 0 && place <= 1)).toBe(true);
  const old = numbersOf({ began: T0 - 3_600_000 });
  const hour = ticks(windowOf(old, "quarters", T0));
  expect([hour.length, hour.every(({ at }) => at % 900_000 === 0)]).toEqual([4, true]);
});

it("shows less of a stream that is young", () => {
  const shown = (age: number, range: "seconds" | "quarters") => {
    const window = windowOf(numbersOf({ began: T0 - age * 1000 }), range, T0);
    return [(window.end - window.start) / 1000, ticks(window).every(({ fine }) => fine)];
  };
  expect([3, 60, 107, 109, 3_000].map((age) => shown(age, "seconds"))).toEqual([
    [60, true],
    [120, true],
    [120, true],
    [300, false],
    [300, false],
  ]);
  expect([3, 1_000, 3_000].map((age) => shown(age, "quarters")[0])).toEqual([720, 1440, 3600]);
});
