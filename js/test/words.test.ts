import { describe, expect, it } from "vitest";
import type { Status } from "../src/traits";
import { ago, detail, events, more, type Shown, span, spoken, times, word } from "../src/words";
import { status, T0 } from "./helpers";

const SECOND = 1000;
const says = (shown: Shown, known: Partial<Status> = {}) =>
  detail(shown, status({ state: "open", ...known }), T0).text;

describe("a span", () => {
  it.each([
    [-5_000, "0 s", 1000],
    [0, "0 s", 1000],
    [2_300, "2 s", 700],
    [59_999, "59 s", 1],
    [60_000, "1 min", 60_000],
    [3_599_000, "59 min", 1_000],
    [7_300_000, "2 h", 3_500_000],
    [26 * 3_600_000, "1 d", 22 * 3_600_000],
  ])("of %i ms is %s, for another %i ms", (ms, text, next) => {
    expect(span(ms)).toEqual({ text, next });
  });

  it("that has just begun, or begins later by a clock that is ahead, is now", () => {
    expect(ago(0)).toEqual({ text: "just now", next: 1000 });
    expect(ago(-400)).toEqual({ text: "just now", next: 1400 });
    expect(ago(2_000).text).toBe("2 s ago");
  });
});

describe("the word", () => {
  const retrying = (next_retry_at: number | null) => word("retrying", status({ next_retry_at }), T0);

  it("counts down to the next attempt, and is drawn anew each second", () => {
    expect(retrying(T0 + 5_400)).toEqual({ text: "Reconnecting in 6 s", next: 400 });
    expect(retrying(T0 + 6_000)).toEqual({ text: "Reconnecting in 6 s", next: 1000 });
    expect(retrying(T0 + 65_000).text).toBe("Reconnecting in 1 min 5 s");
    expect(retrying(T0 + 120_000).text).toBe("Reconnecting in 2 min");
  });

  it("does not count below zero", () => {
    expect(retrying(T0)).toEqual({ text: "Reconnecting", next: null });
    expect(retrying(T0 - 5_000).text).toBe("Reconnecting");
    expect(retrying(null).text).toBe("Reconnecting");
  });

  it("counts nothing down in another state", () => {
    expect(word("open", status({ next_retry_at: T0 + 9_000 }), T0).text).toBe("Connected");
  });
});

describe("the detail", () => {
  it("tells the age of the last event, or that there was none", () => {
    expect(says("open")).toBe("last event 2 s ago");
    expect(says("open", { last_event_at: null, last_byte_at: null })).toBe("no event yet");
  });

  it("tells the age of the last byte where no event has come for a while: it is alive all the same", () => {
    const known = { last_event_at: T0 - 190 * SECOND, last_byte_at: T0 - 4 * SECOND };
    expect(says("open", known)).toBe("last event 3 min ago · last byte 4 s ago");
    expect(says("open", { ...known, last_event_at: null })).toBe("no event yet · last byte 4 s ago");
    expect(says("open", { ...known, last_event_at: T0 - 9 * SECOND })).toBe("last event 9 s ago");
    expect(detail("open", status(known), T0).next).toBe(1000);
  });

  it("tells how long a stale connection has been silent, by its bytes", () => {
    const known = {
      last_event_at: T0 - 99 * SECOND,
      last_byte_at: T0 - 47 * SECOND,
      cause: "heartbeat is 15 s",
    };
    expect(says("stale", known)).toBe("open, but nothing for 47 s (heartbeat is 15 s)");
    expect(says("stale", { last_byte_at: null, since: null })).toBe("open, but silent");
  });

  it("tells the attempt, with its limit if there is one", () => {
    expect(says("retrying", { attempt: 4, cause: "connection refused" })).toBe(
      "attempt 4 of 10 · connection refused",
    );
    expect(says("retrying", { attempt: 4, attempts: null })).toBe("attempt 4");
    expect(says("connecting")).toBe("");
  });

  it("tells why it was given up, after one answer or after many attempts", () => {
    const cause = "503 Service Unavailable";
    expect(says("exhausted", { attempt: 10, cause: `10 attempts, last: ${cause}` })).toBe(
      `10 attempts, last: ${cause}`,
    );
    expect(says("exhausted", { cause: "404 Not Found" })).toBe("404 Not Found");
  });

  it("tells who paused and when", () => {
    expect(says("disconnected", { since: T0 - 190 * SECOND })).toBe("by you, 3 min ago");
  });

  it("tells that a closed stream can be read, and what a page without a kernel shows", () => {
    expect(says("closed")).toBe("1 min ago · what was kept stays readable");
    expect(says("gone")).toMatch(/^showing what was here at \d\d:\d\d:31 · run the cell again$/);
  });
});

describe("counts", () => {
  it("are grouped, and singular for one", () => {
    expect([events(0), events(1), events(1_204_381)]).toEqual(["0 events", "1 event", "1,204,381 events"]);
    expect([times(1), times(37), times(1000)]).toEqual(["", "×37", "×1,000"]);
  });

  it.each([
    [0, 0, false, ""],
    [0, 0, true, ""],
    [12, 0, false, "12 more"],
    [12, 0, true, "12 more · on hold while you are here"],
    [0, 312, false, "312 more not shown"],
    [12, 312, false, "12 more · 312 not shown"],
  ])("of toasts: %i waiting, %i unshown, held %s: %s", (waiting, unshown, held, text) => {
    expect(more(waiting, unshown, held)).toBe(text);
  });
});

it("what is read out names the state, the stream and the cause, and no number that ticks", () => {
  const known = status({ cause: "connection refused", next_retry_at: T0 + 6_000 });
  expect(spoken("retrying", known)).toBe("Reconnecting, demo, connection refused");
  expect(spoken("open", known)).toBe("Connected, demo");
});
