import { describe, expect, it } from "vitest";
import { CHUNK, Chunks } from "../../src/feed/chunks";
import { Questions } from "../../src/feed/questions";
import type { Item } from "../../src/feed/wire";
import { HandClock } from "../helpers";

const items = (first: number, number: number) =>
  Array.from({ length: number }, (_, n) => ({ seq: first + n }) as unknown as Item);
const seqs = (some: Item[]) => some.map(({ seq }) => seq);

describe("chunks", () => {
  it("are found by the place of an item, and a part of the last is a chunk too", () => {
    const chunks = new Chunks();
    chunks.begin(items(0, CHUNK + 3), CHUNK + 3);
    expect([chunks.item(CHUNK + 2)?.seq, chunks.item(CHUNK + 3), chunks.has(1)]).toEqual([
      CHUNK + 2,
      undefined,
      true,
    ]);
  });

  it("are whole: what is not is asked for again", () => {
    const chunks = new Chunks();
    chunks.begin(items(0, CHUNK + 3), 1000);
    expect([chunks.has(0), chunks.has(1)]).toEqual([true, false]);
  });

  it("are never many, and the ones that came last stay", () => {
    const chunks = new Chunks();
    for (let chunk = 0; chunk < 100; chunk += 1) chunks.keep(chunk, items(chunk * CHUNK, CHUNK));
    expect([chunks.has(74), chunks.has(75), chunks.all.length]).toEqual([false, true, 25 * CHUNK]);
  });

  it("are in the order of the list, in whatever order they came", () => {
    const chunks = new Chunks();
    chunks.keep(3, items(300, 2));
    chunks.keep(1, items(100, 2));
    expect(seqs(chunks.all)).toEqual([100, 101, 300, 301]);
  });
});

describe("questions", () => {
  it("are open until they are answered", () => {
    const questions = new Questions(new HandClock());
    const ask = questions.ask(3);
    expect([questions.isOpen(3), questions.isOpen(4)]).toEqual([true, false]);
    expect([questions.answered(ask), questions.answered(ask), questions.isOpen(3)]).toEqual([
      3,
      undefined,
      false,
    ]);
  });

  it("have waited since the first that is open", () => {
    const clock = new HandClock();
    const questions = new Questions(clock);
    const first = questions.ask(0);
    clock.pass(10);
    const second = questions.ask("watch");
    clock.pass(5);
    questions.answered(first);
    expect(questions.waited).toBe(15);
    questions.answered(second);
    expect(questions.waited).toBeNull();
  });

  it("are closed with the rows that they were about", () => {
    const questions = new Questions(new HandClock());
    const ask = questions.ask(2);
    questions.close();
    expect([questions.waited, questions.answered(ask)]).toEqual([null, undefined]);
  });

  it("for what is looked at: the newest counts", () => {
    const questions = new Questions(new HandClock());
    const [older, newer] = [questions.ask("watch"), questions.ask("watch")];
    questions.ask(1);
    expect([older, newer].map((ask) => questions.isNewestWatch(ask))).toEqual([false, true]);
  });
});
