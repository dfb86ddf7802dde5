import { describe, expect, it } from "vitest";
import { frame, jsonOf } from "../../src/feed/drawer";
import { Histogram } from "../../src/feed/histogram";
import { caret } from "../../src/feed/tools";
import { treeOf } from "../../src/feed/tree";
import { readMessage, readSelected, seen, type Whole } from "../../src/feed/wire";
import * as words from "../../src/feed/words";
import { T0 } from "./helpers";

it("a picture of a moment tells its ends apart, one of an hour does not say more than one reads", () => {
  const histogram = new Histogram();
  const ends = (width: number) => {
    histogram.draw({ start: T0, width, all: [1, 2], warnings: [], errors: [], gaps: new Set() }, T0);
    return [histogram.from.textContent, histogram.to.textContent];
  };
  const [first, last] = ends(150);
  expect(first).not.toBe(last);
  expect(last?.slice(-4)).toBe(`.${String((T0 + 300) % 1000).padStart(3, "0")}`);
  expect(ends(60_000).join()).toMatch(/^\d\d:\d\d:\d\d,\d\d:\d\d:\d\d$/);
  histogram.draw(null, T0);
  expect(histogram.from.textContent).toBe("");
});

describe("a message of the kernel", () => {
  it("is read whole, or not at all", () => {
    for (const raw of [
      null,
      3,
      "page",
      [],
      {},
      { feed: "page" },
      { feed: "else", view: "v" },
      { view: "v" },
    ]) {
      expect(readMessage(raw)).toBeNull();
    }
    expect(readMessage({ feed: "row", view: "v", seq: 3, row: null })).toMatchObject({ seq: 3, row: null });
  });

  it("may have nonsense in every place", () => {
    const page = readMessage({
      feed: "page",
      view: "v",
      ask: "1",
      mark: "x",
      items: [
        null,
        3,
        [],
        ["x"],
        [7],
        [8, "x", {}, 9, null, [], 1, 2],
        [null],
        [null, "x", "y", {}, "no", -3],
      ],
      total: -5,
      matched: Number.NaN,
      severities: { length: 3 },
      bins: { all: "x", gaps: [1, "x"] },
      warnings: [[{}], "x"],
    });
    expect(page).toMatchObject({ ask: null, mark: [-1, 0], total: 0, matched: 0, severities: [] });
    if (page?.feed !== "page") throw new Error("no page");
    expect(page.items.map((item) => item.seq)).toEqual([7, 8, null, null]);
    expect(page.items[1]).toMatchObject({ type: "", severity: "info", message: "" });
  });

  it("shows marks that turn text around as such", () => {
    expect(seen("a\u202eb\u0007c\td\ne")).toBe("a\ufffdb\ufffdc\td\ne");
  });

  it("selected rows are numbers", () => {
    expect(readSelected([1, "2", 3.5, null, 4])).toEqual([1, 4]);
    expect(readSelected("x")).toEqual([]);
  });
});

describe("a tree", () => {
  it("is text, whatever the keys and values are", () => {
    const evil = "<img src=x onerror=alert(1)>";
    const page = readMessage({
      feed: "row",
      view: "v",
      seq: 1,
      row: {
        seq: 1,
        tree: [
          "object",
          9,
          [
            ["__proto__", ["text", evil]],
            [evil, ["number", "12345678901234567890"]],
          ],
        ],
      },
    });
    if (page?.feed !== "row" || !page.row) throw new Error("no row");
    const tree = treeOf(page.row.tree);
    expect(tree.querySelector("img")).toBeNull();
    expect(tree.textContent).toContain(`__proto__: "${evil}"`);
    expect(tree.textContent).toContain("12345678901234567890");
    expect(tree.textContent).toContain("… 7 more");
  });
});

describe("what is copied", () => {
  const whole = (raw: string, length = raw.length) => ({ raw, length }) as Whole;
  it("is JSON, also of what is none", () => {
    expect(jsonOf(whole('{"a": 1}'))).toBe('{"a": 1}');
    expect(jsonOf(whole("plain"))).toBe('"plain"');
  });
  it("the frame has each line as it was on the wire", () => {
    expect(frame(whole("a\nb"))).toBe("data: a\ndata: b");
  });
});

describe("clauses", () => {
  it("may have nonsense in every place", () => {
    const told = readMessage({
      feed: "clauses",
      view: "v",
      typed: 3,
      parts: [null, [1, 2, "x", -1]],
      of: {},
    });
    expect(told).toMatchObject({
      typed: "",
      of: 0,
      parts: [
        { text: "", pass: 0 },
        { text: "", value: 0 },
      ],
    });
    const row = readMessage({ feed: "row", view: "v", seq: 3, stopped: [["a", "explode", 7], null] });
    expect(row).toMatchObject({ stopped: [{ text: "a", outcome: "value", value: null }, { text: "" }] });
  });
  it("tell their share: what there is at all is more than nothing", () => {
    expect(
      [
        [0, 9],
        [1, 1000],
        [999, 1000],
        [1, 3],
        [9, 9],
        [0, 0],
      ].map(([part = 0, of = 0]) => words.share(part, of)),
    ).toEqual(["0%", "<1%", ">99%", "33%", "100%", ""]);
  });
  it("tell all that is known of them, and on what it rests", () => {
    const one = { text: "a > 3", joined: "a > 3", pass: 1200, value: 5, missing: 0, type: 7, alone: 2 };
    expect(words.clause(one, 1212)).toBe(
      "a > 3\npasses 1,200 of 1,212 events\nrefuses 5 by value, 7 for a wrong type\nalone keeps 2 out",
    );
    const all = { typed: "", parts: [], asked: 5000, of: 5000, more: 0 };
    expect([words.basis(all), words.basis({ ...all, of: 9000, more: 2 })]).toEqual([
      "",
      "2 more clauses · shares of the newest 5,000",
    ]);
  });
  it("tell what they saw", () => {
    const stop = { text: "a", value: "12" };
    expect(
      (["value", "type", "missing", "pass"] as const).map((outcome) => words.saw({ ...stop, outcome })),
    ).toEqual(["saw 12", "saw 12, of another type", "nothing there", "saw 12"]);
    expect(words.saw({ text: "a", outcome: "value", value: null })).toBe("did not pass");
  });
});

describe("a caret", () => {
  it("stands below the place", () => {
    expect(caret("severty == 1", 0)).toBe("severty == 1\n^");
    expect(caret("a == 1 and b", 11)).toBe("a == 1 and b\n           ^");
  });
  it("in a long filter, with what is around it", () => {
    const [line = "", mark = ""] = caret(`${"x".repeat(100)}!${"y".repeat(100)}`, 100).split("\n");
    expect(line[mark.length - 1]).toBe("!");
    expect(line.length).toBeLessThan(65);
  });
});

describe("words", () => {
  it("of how many there are", () => {
    expect(words.tally(53, 1256, 100_000)).toBe("53 of 1,256 · 100,000 kept");
    expect(words.tally(53, 100_000, 100_000)).toBe("53 of 100,000 kept");
    expect(words.tally(1256, 1256, 100_000)).toBe("1,256 of 100,000 kept");
    expect(words.tally(7, 7, 7)).toBe("7 kept");
  });
  it("of a gap", () => {
    const gap = {
      seq: null,
      start: T0,
      end: T0 + 41_000,
      reason: "connection reset",
      recovered: false,
      count: 1,
    } as const;
    expect(words.gap(gap).title).toBe("Gap of 41 s");
    expect(words.gap(gap).text).toMatch(
      /^connection reset · \S+ to \S+ · not recovered: the server kept nothing$/,
    );
    expect(words.gap({ ...gap, end: null }).title).toBe("Gap, and still open");
    expect(words.gap({ ...gap, count: 3 }).title).toBe("3 gaps within 41 s");
  });
  it("of a row say its status once", () => {
    const row = { message: "1 of 3", status: "degraded" } as never;
    expect(words.said(row)).toBe("degraded · 1 of 3");
    expect(words.said({ message: "Degraded: 1 of 3", status: "degraded" } as never)).toBe("Degraded: 1 of 3");
    expect(words.said({ message: "", status: "ready" } as never)).toBe("ready");
  });
  it("of a time that is none", () => {
    expect(words.moment(1e300)).toBe("unknown time");
  });
});
