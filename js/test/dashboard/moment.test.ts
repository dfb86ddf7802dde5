import { expect, it } from "vitest";
import { Moment, PATIENCE } from "../../src/dashboard/moment";
import { HandClock, T0 } from "./helpers";

it("stands at what was saved until the kernel is heard", () => {
  const clock = new HandClock();
  const moment = new Moment(clock);
  moment.stored(T0 - 86_400_000);
  clock.pass(5_000);
  expect([moment.now(), moment.late]).toEqual([T0 - 86_400_000, false]);
  clock.pass(PATIENCE);
  expect(moment.late).toBe(true);
  moment.live(clock.now(), null);
  clock.pass(1_000);
  expect([moment.now(), moment.late]).toEqual([clock.now(), false]);
});

it("is the kernel's time, though its clock is another", () => {
  const clock = new HandClock();
  const moment = new Moment(clock);
  moment.live(T0 - 60_000, null);
  clock.pass(2_500);
  expect(moment.now()).toBe(T0 - 57_500);
});

it("of a recording it goes as fast as that is played, back too, and stands", () => {
  const clock = new HandClock();
  const moment = new Moment(clock);
  moment.live(T0, 60);
  clock.pass(1_000);
  expect(moment.now()).toBe(T0 + 60_000);
  moment.live(T0 - 5_000, 0);
  clock.pass(9_000);
  expect(moment.now()).toBe(T0 - 5_000);
  moment.live(T0 - 5_000, 1);
  clock.pass(1_000);
  expect(moment.now()).toBe(T0 - 4_000);
});

it("stopped it stands at what was told last", () => {
  const clock = new HandClock();
  const moment = new Moment(clock);
  moment.live(T0, null);
  moment.stop();
  clock.pass(99_000);
  expect([moment.now(), moment.late]).toEqual([T0, false]);
  moment.go();
  expect(moment.late).toBe(true);
});
