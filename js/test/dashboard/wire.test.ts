import { expect, it } from "vitest";
import { Numbers } from "../../src/dashboard/wire";
import { S0, T0, told } from "./helpers";

it("takes all, then what is new; the same twice changes nothing", () => {
  const numbers = new Numbers();
  expect(numbers.all(told())).toBe(true);
  const news = { now: T0 + 1000, tempo: 1, rows: 201, seconds: [[S0, 7, 99, 1, 2]] };
  numbers.news(news);
  const once = JSON.stringify([numbers, [...numbers.buckets.seconds]]);
  numbers.news(news);
  expect(JSON.stringify([numbers, [...numbers.buckets.seconds]])).toBe(once);
  expect([numbers.rows, numbers.kept, numbers.now]).toEqual([201, 200, T0 + 1000]);
  expect(numbers.buckets.seconds.get(S0)).toEqual({ at: S0, events: 7, bytes: 99, warnings: 1, errors: 2 });
});

it("all of it takes the place of what there was", () => {
  const numbers = new Numbers();
  numbers.all(told());
  numbers.all(told({ seconds: [], states: [], gaps: [] }));
  expect([numbers.buckets.seconds.size, numbers.stays, numbers.holes]).toEqual([0, [], []]);
});

it("knows states by their beginning, and gaps: what ends is the same one", () => {
  const numbers = new Numbers();
  numbers.all(told({ gaps: [[T0 - 9_000, null, "reset", null]] }));
  numbers.news({
    now: T0 + 1,
    states: [
      [T0 - 280_000, "open", T0 - 8_000, ""],
      [T0 - 8_000, "retrying", null, "reset"],
    ],
    gaps: [[T0 - 9_000, T0 - 1_000, "reset", true]],
  });
  expect(numbers.stays.map(({ state, end }) => [state, end])).toEqual([
    ["open", T0 - 8_000],
    ["retrying", null],
  ]);
  expect(numbers.holes).toEqual([{ start: T0 - 9_000, end: T0 - 1_000, reason: "reset", recovered: true }]);
});

it("lets go of what is older than the pictures", () => {
  const numbers = new Numbers();
  numbers.all(told({ gaps: [[T0 - 9_000, T0 - 8_000, "reset", null]] }));
  numbers.news({ now: T0 + 2 * 3_600_000 });
  expect([numbers.buckets.seconds.size, numbers.buckets.quarters.size, numbers.holes]).toEqual([0, 0, []]);
  expect(numbers.stays.length).toBe(1); // it goes on
});

it("whatever arrives is numbers, or nothing", () => {
  const numbers = new Numbers();
  for (const wrong of [null, 5, "x", [], {}, { now: "x" }, { now: Number.NaN }]) {
    expect([numbers.all(wrong), numbers.news(wrong)]).toEqual([false, false]);
  }
  const odd = {
    now: T0,
    tempo: -5,
    name: 5,
    status: "x",
    totals: { received: "many", stored: -3, __proto__: { bytes: 9 } },
    reconnects: [null, ["broken", "x"]],
    kept: "x",
    rows: Number.POSITIVE_INFINITY,
    severities: [1, "x", null],
    types: [[{}, 3], "x", [1]],
    others: null,
    lag: ["x"],
    states: [["x", "nowhere", null, 5], [null, "open", null, 5], 7],
    gaps: [["x"], [T0, "x", 5, "yes"], null],
    seconds: ["x", [], ["x", 1], [S0, "x", -4, null]],
    quarters: {},
  };
  expect(numbers.all(odd)).toBe(true);
  expect([numbers.tempo, numbers.name, numbers.rows, numbers.totals.stored, numbers.lag]).toEqual([
    0,
    "",
    0,
    0,
    null,
  ]);
  expect(numbers.severities).toEqual([1, 0, 0, 0]);
  expect(numbers.types).toEqual([
    ["", 3],
    ["", 0],
    ["", 0],
  ]);
  expect(numbers.stays.map(({ start, state, cause }) => [start, state, cause])).toEqual([[0, "open", ""]]);
  expect(numbers.holes).toEqual([{ start: T0, end: null, reason: "", recovered: null }]);
  expect([...numbers.buckets.seconds.values()]).toEqual([
    { at: S0, events: 0, bytes: 0, warnings: 0, errors: 0 },
  ]);
});
