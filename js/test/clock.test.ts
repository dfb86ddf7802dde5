import { describe, expect, it } from "vitest";
import { KernelTime, Ticker } from "../src/clock";
import { HandClock, T0 } from "./helpers";

const MINUTE = 60_000;

describe("KernelTime", () => {
  it("is the browser's clock until something is known", () => {
    expect(new KernelTime(new HandClock()).now()).toBe(T0);
  });

  it("follows a kernel whose clock is behind, once a message has come live", () => {
    const time = new KernelTime(new HandClock());
    time.live(T0 - 10 * MINUTE);
    expect(time.now()).toBe(T0 - 10 * MINUTE);
  });

  it("does not take the age of a stored state for a difference of clocks", () => {
    const time = new KernelTime(new HandClock());
    time.stored(T0 - 10 * MINUTE);
    expect(time.now()).toBe(T0);
  });

  it("knows from a stored state that the kernel's clock is ahead", () => {
    const time = new KernelTime(new HandClock());
    time.stored(T0 + MINUTE);
    expect(time.now()).toBe(T0 + MINUTE);
  });

  it("trusts the message that was least delayed", () => {
    const clock = new HandClock();
    const time = new KernelTime(clock);
    for (const delay of [300, 5, 4000]) {
      clock.pass(MINUTE);
      time.live(clock.now() + MINUTE - delay);
    }
    expect(time.now()).toBe(clock.now() + MINUTE - 5);
  });

  it("follows a clock that was set back at once: a replay's goes to and fro", () => {
    const time = new KernelTime(new HandClock());
    time.live(T0 + MINUTE);
    time.live(T0 - MINUTE);
    expect(time.now()).toBe(T0 - MINUTE);
  });

  it("forgets old messages, so that a clock that was set is followed", () => {
    const time = new KernelTime(new HandClock());
    time.live(T0 + MINUTE);
    for (let n = 0; n < 20; n += 1) time.live(T0);
    expect(time.now()).toBe(T0);
  });
});

describe("Ticker", () => {
  const ticking = (every: number | null) => {
    const clock = new HandClock();
    let drawn = 0;
    const ticker = new Ticker(clock, () => {
      drawn += 1;
      return every;
    });
    return { clock, ticker, drawn: () => drawn };
  };

  it("draws again when the drawing says so, while it is awake", () => {
    const { clock, ticker, drawn } = ticking(1000);
    ticker.awake = true;
    clock.pass(3_500);
    expect(drawn()).toBe(4);
  });

  it("has no timer while asleep, and draws at once on waking", () => {
    const { clock, ticker, drawn } = ticking(1000);
    ticker.awake = true;
    ticker.awake = false;
    expect(clock.pending).toBe(0);
    clock.pass(10_000);
    expect(drawn()).toBe(1);
    ticker.awake = true;
    expect(drawn()).toBe(2);
  });

  it("draws what is new while asleep, once", () => {
    const { clock, ticker, drawn } = ticking(1000);
    ticker.redraw();
    expect([drawn(), clock.pending]).toEqual([1, 0]);
  });

  it("has no timer when nothing will change", () => {
    const { clock, ticker } = ticking(null);
    ticker.awake = true;
    expect(clock.pending).toBe(0);
  });

  it("never runs two timers", () => {
    const { clock, ticker } = ticking(1000);
    ticker.awake = true;
    ticker.redraw();
    ticker.redraw();
    expect(clock.pending).toBe(1);
  });
});
