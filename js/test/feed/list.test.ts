import { expect, it } from "vitest";
import type { Feed } from "../../src/feed/feed";
import { List, POOL, ROW } from "../../src/feed/list";
import type { Item } from "../../src/feed/wire";
import { T0 } from "./helpers";

const row = (seq: number): Item => ({
  ...{ seq, at: T0 - 1000 * (10_000 - seq), type: "edit", severity: "info", kind: "", resource: "" },
  ...{ status: "", message: `row ${seq}` },
});
const hole: Item = { seq: null, start: T0, end: T0, reason: "cut", recovered: null, count: 1 };

/** A list of these items, newest first. */
class Shown {
  items: Item[];
  readonly list: List;

  constructor(items: Item[]) {
    this.items = items;
    const shown = this;
    const feed = {
      get total() {
        return shown.items.length;
      },
      item: (index: number) => shown.items[index],
      want: () => {},
      wanted: { refusedShown: false },
    };
    this.list = new List(feed as unknown as Feed, { hover() {}, scrolled: () => this.draw(), pick() {} });
    document.body.append(this.list.element);
    this.draw();
  }

  draw(): void {
    this.list.draw(T0, new Set(), null);
  }

  get lines(): HTMLElement[] {
    return [...this.list.element.querySelectorAll<HTMLElement>(".line")];
  }

  get told(): (string | undefined)[] {
    const said = (line: HTMLElement) => line.dataset.seq ?? line.dataset.kind;
    return this.lines.filter((line) => !line.hidden).map(said);
  }

  get places(): string[] {
    return this.lines.filter((line) => !line.hidden).map((line) => line.style.transform);
  }
}

const rows = (newest: number, number: number): Item[] =>
  Array.from({ length: number }, (_, n) => row(newest - n));
const names = (newest: number, number = POOL): string[] => rows(newest, number).map(({ seq }) => String(seq));
const down = (first: number): string[] =>
  Array.from({ length: POOL }, (_, n) => `translateY(${(first + n) * ROW}px)`);

it("one row more costs one line; the others move, and stand in their order", async () => {
  const shown = new Shown(rows(99, 100));
  const [, ...others] = [...shown.lines].reverse();
  const changed = new Set<Node | null>();
  const watch = new MutationObserver((all) => {
    for (const { type, target } of all)
      if (type === "characterData" || target.nodeName === "BDI" || target.nodeName === "TIME")
        changed.add(target.parentElement?.closest(".line") ?? null);
  });
  watch.observe(shown.list.element, { subtree: true, childList: true, characterData: true });
  shown.items = rows(100, 101);
  shown.draw();
  await Promise.resolve();
  expect(shown.told).toEqual(names(100));
  expect(shown.places).toEqual(down(0));
  expect(shown.lines.slice(1)).toEqual(others.reverse());
  expect([...changed]).toEqual([shown.lines[0]]);
});

it("is the same after any change, however the lines were dealt before", () => {
  const shown = new Shown([]);
  for (const items of [
    rows(5, 6),
    rows(6, 3),
    [row(9), hole, ...rows(7, 40)],
    [row(10), row(9), hole, hole, ...rows(7, 40)],
    [],
    rows(50, 51),
    [row(50), row(50), row(49)],
    rows(500, 400),
  ]) {
    shown.items = items;
    shown.draw();
    expect(shown.told).toEqual(items.slice(0, POOL).map(({ seq }) => (seq === null ? "gap" : String(seq))));
    expect(new Set(shown.lines).size).toBe(POOL);
  }
});

it("scrolled, lines go from one end to the other", () => {
  const shown = new Shown(rows(99, 100));
  for (const first of [0, 3, 50, 49, 60, 20, 0]) {
    shown.list.element.scrollTop = (first + 5) * ROW;
    shown.list.element.dispatchEvent(new Event("scroll"));
    expect([shown.told, shown.places]).toEqual([names(99 - first), down(first)]);
  }
});

it("asks nothing of the page while it draws", () => {
  const shown = new Shown(rows(99, 100));
  for (const name of ["scrollTop", "clientHeight", "offsetHeight"])
    Object.defineProperty(shown.list.element, name, {
      get: () => expect.fail(`${name} was asked for`),
    });
  shown.items = rows(100, 101);
  shown.draw();
  expect(shown.told[0]).toBe("100");
});
