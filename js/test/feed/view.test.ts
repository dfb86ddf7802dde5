import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mount } from "../../src/feed/view";
import { T0 } from "../helpers";
import { answer, clausesOf, HandClock, Model, news } from "./helpers";

let clock: HandClock;
let model: Model;
let el: HTMLElement;
let life: AbortController;
let shown: ReturnType<typeof mount>;

const root = (): ShadowRoot => el.firstElementChild?.shadowRoot as ShadowRoot;
const part = (name: string): HTMLElement => root().querySelector(`[data-part="${name}"]`) as HTMLElement;
const line = (seq: number): HTMLElement => root().querySelector(`[data-seq="${seq}"]`) as HTMLElement;
const reply = (size: number, more = {}) => model.tell("msg:custom", answer(model.last, size, more));
const key = (name: string, more: KeyboardEventInit = {}) => {
  const event = new KeyboardEvent("keydown", {
    key: name,
    bubbles: true,
    composed: true,
    cancelable: true,
    ...more,
  });
  part("list").dispatchEvent(event);
};

beforeEach(() => {
  clock = new HandClock();
  model = new Model();
  el = document.createElement("div");
  document.body.append(el);
  life = new AbortController();
  shown = mount({ model, el, signal: life.signal, clock });
  reply(1000);
});
afterEach(() => life.abort());

it("shows the newest first, as many elements as there is room for", () => {
  const seqs = [...root().querySelectorAll<HTMLElement>("[data-seq]")].map((one) => Number(one.dataset.seq));
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, n) => 999 - n));
  const before = root().querySelectorAll("*").length;
  model.tell("msg:custom", news(model.last, 100_000, 999));
  expect([line(99_999) !== null, root().querySelectorAll("*").length]).toEqual([true, before]);
});

it("stands still while a row is pointed at, and says so", () => {
  line(999).dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
  model.tell("msg:custom", news(model.last, 1037, 999));
  expect([part("standing").textContent, part("pill").textContent, line(1036)]).toEqual([
    "Paused while you point at a row",
    "37 new",
    null,
  ]);
  root().querySelector(".sheet")?.dispatchEvent(new PointerEvent("pointerleave"));
  expect([part("standing").textContent, part("pill").hidden, line(1036) !== null]).toEqual([
    "Live",
    true,
    true,
  ]);
});

it("a click selects, and opens the drawer; Esc undoes one after the other", () => {
  line(998).click();
  expect([model.get("selected"), model.saved, model.sent.at(-1)]).toMatchObject([
    [998],
    1,
    { do: "row", seq: 998 },
  ]);
  expect(line(998).getAttribute("aria-selected")).toBe("true");
  expect(part("drawer").hidden).toBe(false);
  line(997).dispatchEvent(new MouseEvent("click", { bubbles: true, ctrlKey: true }));
  expect(model.get("selected")).toEqual([998, 997]);
  key("Escape");
  expect([part("drawer").hidden, model.get("selected")]).toEqual([true, [998, 997]]);
  key("Escape");
  expect([model.get("selected"), part("standing").textContent]).toEqual([[], "Live"]);
});

it("the keys move, open, pause and search; with Ctrl they are the page's", () => {
  for (const name of ["j", "ArrowDown", "j", "k"]) key(name);
  const active = root().querySelector("[data-active]") as HTMLElement;
  expect([active.dataset.seq, part("list").getAttribute("aria-activedescendant")]).toEqual([
    "998",
    active.id,
  ]);
  key("Enter");
  expect(model.get("selected")).toEqual([998]);
  key("p", { ctrlKey: true });
  expect(part("standing").textContent).toContain("selected");
  key("p");
  expect(part("standing").textContent).toContain("Paused by you");
  key("/");
  expect(root().activeElement).toBe(part("filter"));
});

it("what Python sets is shown, and asked for", () => {
  model.set("filter", "a == 1");
  clock.pass(0);
  expect([(part("filter") as HTMLInputElement).value, model.last.filter]).toEqual(["a == 1", "a == 1"]);
  model.set("selected", [997]);
  expect(line(997).getAttribute("aria-selected")).toBe("true");
  expect(model.saved).toBe(0);
});

it("what is typed goes to Python when the kernel could read it", () => {
  const box = part("filter") as HTMLInputElement;
  box.value = "severty";
  box.dispatchEvent(new Event("input"));
  clock.pass(200);
  reply(1000, { error: "no such field", hint: "did you mean severity?", column: 0 });
  expect([part("problem").textContent, model.get("filter")]).toEqual([
    "no such field · did you mean severity?",
    "",
  ]);
  box.value = "severity == 'error'";
  box.dispatchEvent(new Event("input"));
  clock.pass(200);
  reply(8);
  expect([model.get("filter"), box.getAttribute("aria-invalid")]).toEqual(["severity == 'error'", "false"]);
});

const type = (text: string) => {
  const box = part("filter") as HTMLInputElement;
  box.value = text;
  box.dispatchEvent(new Event("input"));
};
const filtered = (typed: string) => {
  type(typed);
  clock.pass(200);
  reply(1000);
  model.tell("msg:custom", clausesOf(model.last.view, typed));
};
const asks = () => [...root().querySelectorAll<HTMLElement>("[data-part=clause]")];

it("what is typed is said to be looked at, at once", () => {
  type("a");
  expect([root().querySelector<HTMLElement>(".box")?.dataset.verdict, part("verdict-sign").title]).toEqual([
    "checking",
    "Checking",
  ]);
  clock.pass(1300);
  expect(part("problem").textContent).toContain("checked when it answers");
  reply(1000);
  expect([root().querySelector<HTMLElement>(".verdict")?.hidden, part("verdict-sign").title]).toEqual([
    true,
    "The filter can be read",
  ]);
});

it("a pause is confirmed though the kernel does not answer", () => {
  type("a");
  clock.pass(1300);
  part("pause").click();
  expect(part("standing").textContent).toBe(
    "Paused by you · still collecting · Waiting for the kernel to answer",
  );
});

it("a clause is a chip with its share, and taken out by its button", () => {
  expect(part("clauses").hidden).toBe(true);
  filtered("a == 1 and b == 2");
  expect(asks().map((one) => one.textContent)).toEqual(["a == 125%", "b == 225%"]);
  asks()[0]?.querySelector("button")?.click();
  expect([(part("filter") as HTMLInputElement).value, root().activeElement]).toEqual([
    "b == 2",
    part("undo"),
  ]);
  part("undo").click();
  expect([(part("filter") as HTMLInputElement).value, root().activeElement]).toEqual([
    "a == 1 and b == 2",
    part("filter"),
  ]);
  expect(part("undo").hidden).toBe(true);
});

it("Ctrl+Z in the box has a clause back, and is else the box's own", () => {
  filtered("a == 1 and b == 2");
  const undo = () => {
    const event = new KeyboardEvent("keydown", { key: "z", ctrlKey: true, bubbles: true, cancelable: true });
    part("filter").dispatchEvent(event);
    return event.defaultPrevented;
  };
  expect(undo()).toBe(false);
  asks()[1]?.querySelector("button")?.click();
  expect([undo(), (part("filter") as HTMLInputElement).value]).toEqual([true, "a == 1 and b == 2"]);
});

it("what stopped a row is marked where it stands, and relaxed in the drawer", () => {
  filtered("a == 1 and b == 2");
  part("refused").click();
  expect(part("refused").getAttribute("aria-pressed")).toBe("true");
  expect(part("list").hasAttribute("data-refused")).toBe(false);
  reply(1000, { of: 600, matched: 600 });
  expect([part("list").getAttribute("aria-label"), part("tally").textContent]).toEqual([
    "Feed: events that the filter keeps out",
    "600 kept out · 1,000 kept",
  ]);
  line(998).click();
  expect(model.sent.at(-1)).toMatchObject({ do: "row", filter: "a == 1 and b == 2" });
  const row = { seq: 998, type: "t", tree: ["none", "null"], raw: "", pandas: "" };
  const told = { feed: "row", view: model.last.view, seq: 998, row };
  model.tell("msg:custom", { ...told, stopped: [["b == 2", "value", "3"]] });
  expect(asks().map((one) => one.hasAttribute("data-stopped"))).toEqual([false, true]);
  expect(asks()[1]?.textContent).toBe("b == 2saw 325%");
  part("relax").click();
  expect((part("filter") as HTMLInputElement).value).toBe("a == 1");
  clock.pass(0);
  reply(1000);
  expect(model.sent.at(-1)).toMatchObject({ do: "row", seq: 998, filter: "a == 1" });
  model.tell("msg:custom", { ...told, stopped: [] });
  expect([part("stopped").hidden, part("drawer").hidden]).toEqual([true, false]);
});

it("the types keep their places while one of them has the focus", () => {
  const chips = () => [...part("types").children].map((one) => (one as HTMLElement).dataset.type);
  expect(chips()).toEqual(["type.0", "type.1", "type.2", "type.3"]);
  (part("types").children[1] as HTMLElement).focus();
  const types = [
    ["a", 9],
    ["type.1", 5],
  ];
  model.tell("msg:custom", { ...news(model.last, 1001, 999), types });
  expect([chips(), part("types").children[1]?.textContent]).toEqual([
    ["type.0", "type.1", "type.2", "type.3"],
    "type.1 5",
  ]);
  part("list").focus();
  model.tell("msg:custom", { ...news(model.last, 1002, 1000), types });
  expect(chips()).toEqual(["a", "type.1"]);
});

describe("a row that is to be shown", () => {
  const places = (seq: number, at: number | null) => ({ find: { seq, at } });

  it("is where the list scrolls to, though it is far down", () => {
    shown?.show(37);
    expect(model.last).toMatchObject({ find: 37, n: 0, mark: [999, T0] });
    reply(1000, places(37, 962));
    expect(part("list").scrollTop).toBeGreaterThan(961 * 30 - part("list").clientHeight);
    part("list").dispatchEvent(new Event("scroll"));
    reply(1000);
    expect(line(37).getAttribute("aria-selected")).toBe("true");
    expect(part("list").getAttribute("aria-activedescendant")).toBe(line(37).id);
  });

  it("that came while the list stood still is shown with all that came", () => {
    part("pause").click();
    clock.pass(200);
    reply(1000);
    shown?.show(1036);
    expect(model.last).toMatchObject({ find: 1036, mark: null });
    reply(1037, places(1036, 0));
    expect(line(1036).getAttribute("aria-selected")).toBe("true");
    expect(part("pill").hidden).toBe(true);
  });

  it("is looked for once the first rows are here", () => {
    const element = document.createElement("div");
    const late = mount({ model, el: element, signal: life.signal, clock });
    late?.show(37);
    expect(model.last).not.toHaveProperty("find");
    reply(1000);
    expect(model.last).toMatchObject({ find: 37 });
  });

  it("that the filter keeps out is in the drawer alone", () => {
    shown?.show(37);
    reply(1000, places(37, null));
    expect([part("list").scrollTop, part("drawer").hidden]).toEqual([0, false]);
  });
});

it("a kernel that is gone can't say more of a row, and that is told", () => {
  line(998).click();
  expect(part("drawer").textContent).toContain("Asking the kernel");
  model.tell("comm_live_update");
  expect(part("drawer").textContent).toContain("The kernel is gone");
  line(997).click();
  expect(part("drawer").textContent).toContain("The kernel is gone");
  expect(part("drawer").textContent).not.toContain("Asking the kernel");
});

it.each([
  ["a", true],
  ["Z", true],
  ["v", true],
  ["s", false],
  ["Enter", false],
])("with Ctrl %s in the box is the text's: %s", (name, kept) => {
  let heard = 0;
  el.addEventListener("keydown", () => {
    heard += 1;
  });
  const event = { key: name, bubbles: true, composed: true, cancelable: true };
  for (const more of [{ ctrlKey: true }, { metaKey: true, shiftKey: name === "Z" }])
    part("filter").dispatchEvent(new KeyboardEvent("keydown", { ...event, ...more }));
  expect(heard).toBe(kept ? 0 : 2);
});

it("a kernel that is gone is told, and nothing moves", () => {
  model.tell("comm_live_update");
  expect(part("standing").textContent).toContain("Kernel gone");
  expect(part("pause").hidden).toBe(true);
});

it("messages for another view, and nonsense, are nobody's", () => {
  const before = part("tally").textContent;
  model.tell("msg:custom", { ...answer(model.last, 5), view: "other" });
  for (const raw of [null, 3, {}, { feed: "row" }]) model.tell("msg:custom", raw);
  expect(part("tally").textContent).toBe(before);
});

it("ends without a trace", () => {
  life.abort();
  expect([el.childNodes.length, model.listening, clock.pending]).toEqual([0, 0, 0]);
  expect(model.sent.at(-1)).toMatchObject({ do: "unwatch" });
});

it("ends without a trace where the comm was closed before", () => {
  model.send = () => {
    throw new Error("Cannot send");
  };
  life.abort();
  expect([el.childNodes.length, model.listening, clock.pending]).toEqual([0, 0, 0]);
});
