import { beforeEach, describe, expect, it } from "vitest";
import { Feed } from "../../src/feed/feed";
import { type ClausesMessage, type PageMessage, readMessage } from "../../src/feed/wire";
import { answer, clausesOf, HandClock, Model, news, type Page } from "./helpers";

let clock: HandClock;
let model: Model;
let feed: Feed;
let accepted: string[];

const say = (raw: unknown) => feed.message(readMessage(raw) as PageMessage);
const reply = (size: number, more = {}) => say(answer(model.last, size, more));
const seqs = (number = 3) => Array.from({ length: number }, (_, n) => feed.item(n)?.seq);

beforeEach(() => {
  clock = new HandClock();
  model = new Model();
  accepted = [];
  feed = new Feed(
    "v",
    clock,
    (ask) => model.send(ask),
    () => {},
    (typed) => accepted.push(typed),
  );
  feed.look(true);
  reply(100);
});

describe("live", () => {
  it("shows what comes, and asks for nothing", () => {
    const before = model.sent.length;
    say(news(model.last, 103, 99));
    expect([seqs(), feed.total, feed.reason, feed.fresh]).toEqual([[102, 101, 100], 103, null, 0]);
    expect(model.sent).toHaveLength(before);
  });

  it("asks for the picture if the news did not bring it", () => {
    const before = model.pages.length;
    for (let size = 101; size < 106; size += 1) say(news(model.last, size, size - 2));
    clock.pass(1200);
    expect([model.pages.length - before, model.last.picture]).toEqual([1, true]);
  });

  it("goes on though news came between a question and its answer", () => {
    const before = model.last;
    clock.pass(120_000); // the watch is renewed
    say(news(before, 101, 99)); // told before the kernel had heard of that
    reply(101);
    say(news(model.last, 102, 100));
    expect([seqs(), feed.total]).toEqual([[101, 100, 99], 102]);
  });

  it("says from time to time that somebody looks, and that nobody does", () => {
    const before = model.pages.length;
    clock.pass(120_000);
    expect(model.pages.length).toBe(before + 1);
    feed.look(false);
    expect(model.sent.at(-1)).toEqual({ do: "unwatch", view: "v" });
    const after = model.sent.length;
    clock.pass(1_000_000);
    expect(model.sent).toHaveLength(after);
  });
});

describe("standing still", () => {
  it("keeps every row, and counts what comes, whether or not the kernel has heard", () => {
    feed.hold("hover");
    const live = model.last;
    say(news(live, 110, 99)); // it has not heard yet
    say(news(live, 115, 109));
    expect([seqs(), feed.total, feed.fresh]).toEqual([[99, 98, 97], 100, 15]);
    clock.pass(100);
    const held = model.last;
    expect([held.watch, held.mark, held.n]).toEqual(["held", [99, expect.any(Number)], 0]);
    say(answer(held, 118));
    expect([seqs(), feed.fresh]).toEqual([[99, 98, 97], 18]);
    say(news(live, 121, 114)); // late, by the old question
    say(news(held, 140, 99));
    expect([seqs(), feed.fresh]).toEqual([[99, 98, 97], 40]);
  });

  it("does not move for an answer that was under way", () => {
    feed.hold("hover");
    feed.release("hover");
    clock.pass(100);
    const live = model.last;
    feed.hold("hover");
    say(answer(live, 130));
    expect(seqs()).toEqual([99, 98, 97]);
  });

  it("goes on at once with what has come, when nothing holds it", () => {
    feed.hold("hover");
    feed.hold("selection");
    say(news(model.last, 110, 99));
    feed.release("hover");
    expect([feed.reason, seqs()]).toEqual(["selection", [99, 98, 97]]);
    feed.release("selection");
    expect([feed.reason, seqs()]).toEqual([null, [109, 108, 107]]);
  });

  it("a pointer that passes costs the kernel nothing", () => {
    const before = model.sent.length;
    feed.hold("hover");
    clock.pass(50);
    feed.release("hover");
    clock.pass(99);
    expect(model.sent).toHaveLength(before);
  });

  it("the strongest reason is told", () => {
    for (const reason of ["hover", "scroll", "keys", "selection", "button", "gone"] as const) {
      feed.hold(reason);
      expect(feed.reason).toBe(reason);
    }
    feed.catchUp();
    expect(feed.reason).toBe("gone");
  });
});

describe("pages", () => {
  it("are asked for once when they come into sight, below the same mark", () => {
    const before = model.pages.length;
    feed.hold("scroll");
    feed.want(35, 60);
    feed.want(36, 61);
    expect(model.pages.slice(before).map(({ at, n, mark }) => [at, n, mark?.[0]])).toEqual([[40, 40, 99]]);
    expect(feed.item(45)).toBeUndefined();
    reply(100);
    expect(feed.item(45)?.seq).toBe(54);
  });

  it("of rows that are shown no more do not count", () => {
    feed.want(35, 60);
    const old = model.last;
    say(news(model.pages[0] as Page, 105, 99));
    say(answer(old, 100));
    expect(feed.item(45)).toBeUndefined();
  });

  it("are not all kept", () => {
    reply(100);
    const big = new Feed(
      "v",
      clock,
      (ask) => model.send(ask),
      () => {},
      () => {},
    );
    big.look(true);
    const told = (size: number) => big.message(readMessage(answer(model.last, size)) as PageMessage);
    told(4000);
    for (let at = 0; at < 4000; at += 40) {
      big.want(at, at);
      if (at > 0) told(4000);
    }
    expect([big.item(0), big.item(3999)?.seq]).toEqual([undefined, 0]);
  });
});

describe("a filter", () => {
  it("is asked for after the last key, and accepted when the kernel could read it", () => {
    const before = model.pages.length;
    feed.type("a");
    clock.pass(150);
    feed.type("ab");
    clock.pass(200);
    expect(model.pages.slice(before).map((ask) => ask.filter)).toEqual(["ab"]);
    reply(50);
    expect([accepted, feed.total, feed.wanted.narrowed]).toEqual([["ab"], 50, true]);
  });

  it("that can't be read changes nothing but the verdict, and news go on", () => {
    const live = model.last;
    feed.type("a ==", true);
    clock.pass(0);
    reply(100, { error: "expected a value", hint: "", column: 4, items: [], total: 0 });
    expect([feed.wanted.verdict.problem?.column, feed.total, accepted]).toEqual([4, 100, []]);
    say(news(live, 104, 99));
    expect(feed.total).toBe(104);
    clock.pass(120_000); // the watch is renewed with the filter that counts
    expect(model.last.filter).toBe("");
    reply(104);
    expect(feed.wanted.verdict.problem?.column).toBe(4);
  });

  it("is not overtaken by news of the one before", () => {
    const live = model.last;
    feed.toggle("error");
    const asked = model.last;
    say(news(live, 200, 99));
    expect(feed.total).toBe(100);
    say(answer(asked, 200));
    expect([feed.total, feed.item(0)?.seq]).toEqual([50, 199]);
    say(news(live, 300, 199));
    expect(feed.total).toBe(50);
  });

  it("shows other rows though the list stands still: that is what was asked for", () => {
    feed.hold("hover");
    feed.toggle("error");
    expect(model.last.watch).toBe("held");
    reply(120);
    expect([feed.item(0)?.seq, feed.reason]).toEqual([119, "hover"]);
  });
});

/** A filter that the kernel has read, and what it says of its clauses. */
const filtered = (typed: string, more = {}) => {
  feed.type(typed, true);
  clock.pass(0);
  reply(100);
  feed.message(readMessage(clausesOf("v", typed, more)) as ClausesMessage);
};
const texts = () => feed.wanted.clauses?.parts.map(({ text }) => text);

describe("the clauses of a filter", () => {
  it("are those of the rows that are shown", () => {
    filtered("a == 1 and b == 2");
    expect(texts()).toEqual(["a == 1", "b == 2"]);
    feed.message(readMessage(clausesOf("v", "old == 1")) as ClausesMessage);
    expect(texts()).toEqual(["a == 1", "b == 2"]);
    feed.type("c ==", true);
    clock.pass(0);
    reply(100, { error: "expected a value", items: [] });
    expect(texts()).toEqual(["a == 1", "b == 2"]);
    feed.type("d == 4", true);
    clock.pass(0);
    reply(100);
    expect(texts()).toBeUndefined();
  });

  it("are taken out one after the other without waiting, and all had back at once", () => {
    filtered("a == 1 and (b == 2 or c == 3) and d == 4");
    feed.relax("d == 4");
    expect([feed.wanted.typed, texts()]).toEqual([
      "a == 1 and (b == 2 or c == 3)",
      ["a == 1", "b == 2 or c == 3"],
    ]);
    feed.relax("a == 1");
    expect([feed.wanted.typed, feed.wanted.canUndo]).toEqual(["b == 2 or c == 3", true]);
    feed.relax("a == 1"); // it is out already
    clock.pass(0);
    expect(model.last.filter).toBe("b == 2 or c == 3");
    feed.relax("b == 2 or c == 3");
    expect(feed.wanted.typed).toBe("");
    feed.undo();
    expect([feed.wanted.typed, feed.wanted.canUndo]).toEqual([
      "a == 1 and (b == 2 or c == 3) and d == 4",
      false,
    ]);
    feed.undo();
    clock.pass(0);
    expect(model.last.filter).toBe("a == 1 and (b == 2 or c == 3) and d == 4");
  });

  it("can't be had back once something else is typed", () => {
    filtered("a == 1 and b == 2");
    feed.relax("a == 1");
    feed.type("x");
    expect(feed.wanted.canUndo).toBe(false);
  });

  it("are not taken out where not all are known", () => {
    filtered("a == 1 and b == 2", { more: 3 });
    feed.relax("a == 1");
    expect(feed.wanted.typed).toBe("a == 1 and b == 2");
  });
});

describe("what the filter keeps out", () => {
  it("is asked for, counted, and told apart once it is there", () => {
    filtered("a == 1");
    feed.toggleRefused();
    expect([feed.wanted.refused, feed.wanted.refusedShown, model.last.refused]).toEqual([true, false, true]);
    reply(100, { of: 40 });
    expect([feed.wanted.refusedShown, feed.refused, seqs()]).toEqual([true, 40, [98, 96, 94]]);
    feed.hold("hover");
    clock.pass(100);
    expect([model.last.watch, model.last.refused]).toEqual(["held", true]); // news are of these too
    feed.type("", true);
    clock.pass(0);
    expect([feed.wanted.refused, model.last.refused]).toEqual([false, undefined]);
  });

  it("is not told apart before it is there, nor searched here", () => {
    filtered("a == 1");
    feed.toggleRefused();
    clock.pass(100);
    expect([feed.local, feed.total]).toEqual([null, 100]);
  });
});

describe("types and severities", () => {
  it("both must fit, on everything and on what is here", () => {
    feed.toggle({ type: "type.3" });
    feed.toggle({ type: "type.2" });
    feed.toggle("error");
    expect([model.last.types, model.last.severities]).toEqual([["type.3", "type.2"], ["error"]]);
    clock.pass(30);
    expect([feed.total, feed.item(0)?.seq, feed.wanted.isOn({ type: "type.3" })]).toEqual([10, 99, true]);
    reply(100);
    expect([feed.total, feed.wanted.counts]).toEqual([25, [0, 1, 2, 3].map((n) => [`type.${n}`, 25])]);
  });

  it("are applied though what is typed can't be read, which is still said", () => {
    filtered("a == 1");
    feed.type("a ==", true);
    clock.pass(0);
    reply(100, { error: "expected a value", items: [] });
    feed.toggle("error");
    expect(model.last.filter).toBe("a == 1");
    reply(100);
    expect([feed.total, feed.judged, feed.wanted.verdict.problem?.text]).toEqual([
      25,
      "error",
      "expected a value",
    ]);
  });
});

describe("the look at what is typed", () => {
  it("is under way from the first key, until the kernel has answered for it", () => {
    expect(feed.judged).toBe("");
    feed.type("a");
    expect(feed.judged).toBe("checking");
    clock.pass(200);
    feed.type("a == 1");
    reply(100, { error: "what is a?", items: [] }); // the answer to the first letter
    expect(feed.judged).toBe("checking");
    clock.pass(200);
    reply(100);
    expect(feed.judged).toBe("ok");
    feed.type("a == 2", true);
    clock.pass(0);
    reply(100, { warnings: [["hardly", "a == 2"]] });
    expect(feed.judged).toBe("warning");
  });

  it("is said to be late when the kernel is busy; the rows stay those of the last filter", () => {
    feed.type("a == 1");
    clock.pass(1300);
    expect([feed.judged, feed.local, feed.total]).toEqual(["late", null, 100]);
  });
});

describe("a kernel that does not answer", () => {
  it("a search begins with the first key, whatever is under way", () => {
    feed.hold("button");
    clock.pass(100);
    const held = model.last;
    feed.type("/row 9");
    say(answer(held, 100)); // it was asked before
    clock.pass(30);
    expect([feed.local, seqs(1)]).toEqual([{ shown: 10, loaded: 40 }, [99]]);
  });

  it("does not undo a search by its answer to what was asked before", () => {
    feed.toggle("error");
    const before = model.last;
    feed.type("/row 9");
    clock.pass(50); // the kernel has not been asked for it yet
    const found = feed.local?.shown;
    expect(found).toBeGreaterThan(0);
    say(answer(before, 100));
    expect(feed.local).toEqual({ shown: 3, loaded: 25 }); // 91, 95, 99: of the rows that are here now
    clock.pass(200);
    expect(model.last.filter).toBe("/row 9");
    reply(100);
    expect(feed.local).toBeNull();
  });

  it("is not waited for a second time", () => {
    feed.toggle("error");
    clock.pass(30);
    feed.toggle("error");
    clock.pass(0);
    expect([feed.local, feed.total]).toEqual([null, 100]);
    feed.toggle("error");
    clock.pass(0);
    expect(feed.local).toEqual({ shown: 10, loaded: 40 });
    reply(100);
    feed.toggle("error"); // it has answered: so it may again
    clock.pass(29);
    expect(feed.local).toBeNull();
  });

  it("is not waited for: what is loaded is narrowed, and then all", () => {
    feed.toggle("error");
    expect(feed.local).toBeNull();
    clock.pass(30);
    expect([feed.local, feed.item(0)?.seq, feed.total]).toEqual([{ shown: 10, loaded: 40 }, 99, 10]);
    feed.type("/ROW 9", true);
    clock.pass(100);
    expect(seqs(4)).toEqual([99, 95, 91, undefined]);
    clock.pass(1500);
    expect(feed.late).toBe(true);
    reply(100);
    expect([feed.local, feed.late, feed.total]).toEqual([null, false, 25]);
  });

  it("that never answers does not stop the news for ever", () => {
    const live = model.last;
    feed.toggle("error");
    clock.pass(16_000);
    say(news(live, 200, 99));
    expect(feed.numbers.kept).toBe(200);
  });
});

it("ends without a trace", () => {
  feed.type("x");
  feed.hold("hover");
  feed.stop();
  expect(clock.pending).toBe(0);
  expect(model.sent.at(-1)).toEqual({ do: "unwatch", view: "v" });
});
