import { expect, it } from "vitest";
import { Numbers } from "../../src/dashboard/wire";
import * as words from "../../src/dashboard/words";
import { S0, T0, told } from "./helpers";

it("has three digits from ten thousand on", () => {
  const said = [
    0, 9_999, 10_000, 48_213, 99_949, 99_950, 999_499, 999_500, 1_000_000, 1_256_000, 12_526_088, 2e9,
  ];
  expect(said.map(words.compact)).toEqual([
    "0",
    "9,999",
    "10k",
    "48.2k",
    "99.9k",
    "100k",
    "999k",
    "1M",
    "1M",
    "1.26M",
    "12.5M",
    "2G",
  ]);
});

it("tells shares, never none of some, nor all of less", () => {
  expect([0, 1, 9, 10, 412, 990, 999, 1000].map((n) => words.share(n, 1000))).toEqual([
    "",
    "<1%",
    "<1%",
    "1%",
    "41%",
    "99%",
    ">99%",
    "100%",
  ]);
  expect(words.share(0, 0)).toBe("");
});

it("says how many a second, how large, and how late", () => {
  expect([0, 0.01, 0.4, 13, 13.44, 99.94, 412.3, 48_213].map(words.perSecond)).toEqual([
    "0",
    "<0.1",
    "0.4",
    "13",
    "13.4",
    "99.9",
    "412",
    "48.2k",
  ]);
  expect([0, 999, 1_000, 2_949, 99_960, 10_500_000].map(words.size)).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "2.9 kB",
    "100 kB",
    "10.5 MB",
  ]);
  expect([0, 0.0124, 0.9996, -0.4, 59.94, 3_700].map(words.seconds)).toEqual([
    "0 ms",
    "12 ms",
    "1.0 s",
    "−400 ms",
    "59.9 s",
    "1 h",
  ]);
});

it("says what is known of a moment, and what is not", () => {
  const bucket = { at: S0, events: 41, bytes: 8_760, warnings: 1, errors: 3 };
  const stay = { start: 0, end: null, state: "open" as const, cause: "" };
  const hole = { start: 0, end: null, reason: "reset", recovered: false };
  expect(words.told(T0, 1, bucket, stay, undefined)).toMatch(
    /^\d\d:06:31 · 41 events · 3 errors · 1 warning · 8.8 kB · Connected$/,
  );
  expect(words.told(T0, 15, bucket, undefined, hole)).toMatch(
    /^\d\d:06:31 to \d\d:06:46 · at least 41 events · .* · gap: reset, not recovered$/,
  );
  expect(words.told(T0, 1, null, undefined, undefined)).toMatch(/ · not known what came$/);
});

it("puts pictures in words", () => {
  expect(words.picture("Events/s", "13.4/s", "40/s", 300_000, 1)).toBe(
    "Events/s over the last 5 min: now 13.4/s, at most 40/s, with 1 stretch of which nothing is known",
  );
  const stays = [
    { start: T0 - 100_000, end: T0 - 10_000, state: "open" as const, cause: "" },
    { start: T0 - 10_000, end: null, state: "retrying" as const, cause: "reset" },
  ];
  expect(words.strip(stays, T0 - 300_000, T0, words.connections([["broken", 2]], 1), "broken 2")).toBe(
    "Connection over the last 5 min: Connected for 1 min, Reconnecting for 10 s; in all 2 reconnects · 1 gap: broken 2",
  );
});

it("says what it waits for as long as there is nothing", () => {
  const numbers = new Numbers();
  numbers.all(told());
  expect(words.waiting(numbers)).toBe("");
  for (const [state, said] of [
    ["open", /begin with the first event/],
    ["connecting", /^Connecting/],
    ["unauthenticated", /before there is a token/],
    ["exhausted", /^Nothing came/],
  ] as const) {
    numbers.all(told({ rows: 0, totals: {}, status: { state } }));
    expect(words.waiting(numbers)).toMatch(said);
  }
});
