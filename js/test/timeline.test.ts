import { afterEach, expect, it } from "vitest";
import { mount } from "../src/timeline/index";
import { Timeline } from "../src/timeline/list";
import type { Model } from "../src/traits";
import { readTimeline } from "../src/traits";
import { WORD } from "../src/words";
import { FakeModel, HandClock, status, T0 } from "./helpers";

const lives: AbortController[] = [];
afterEach(() => {
  for (const one of lives.splice(0)) one.abort();
  document.body.replaceChildren();
});

const SECOND = 1000;
const CHANGES = [
  [T0 - 90_000, T0 - 60_000, "connecting", 0, ""],
  [T0 - 60_000, T0 - 2_000, "open", 0, ""],
  [T0 - 2_000, null, "retrying", 1, "<b>refused</b>"],
];

function open(gone = false) {
  const clock = new HandClock();
  const model = new FakeModel({ status: status({ since: T0 - 2_000 }) });
  const el = document.createElement("div");
  document.body.append(el);
  const life = new AbortController();
  lives.push(life);
  new Timeline(model as Model, el, life.signal, gone, clock);
  const root = el.firstElementChild?.shadowRoot as ShadowRoot;
  const rows = () =>
    [...root.querySelectorAll(".change")].map((row) =>
      [...row.children].slice(1).map((cell) => cell.textContent),
    );
  const tell = (timeline: unknown) => model.tell("msg:custom", { timeline });
  return { clock, model, el, root, rows, tell, end: () => life.abort() };
}

it("asks when it is opened, and shows the newest first, with cause and duration", () => {
  const { model, rows, tell, clock, root } = open();
  expect(model.sent).toEqual([{ do: "timeline" }]);
  tell(CHANGES);
  expect(rows().map((row) => row.slice(0, 3))).toEqual([
    [WORD.retrying, "<b>refused</b>", "2 s"],
    [WORD.open, "", "58 s"],
    [WORD.connecting, "", "30 s"],
  ]);
  expect(root.querySelector("b b")).toBeNull();
  expect(rows()[0]?.[3]).toMatch(/^\d\d:06:29$/);
  expect([...root.querySelectorAll("svg")].map((svg) => svg.dataset.glyph)).toEqual([
    "retrying",
    "open",
    "connecting",
  ]);
  clock.pass(3 * SECOND);
  expect(rows()[0]?.[2]).toBe("5 s"); // the last one goes on
});

it("asks again when the state has moved, and only then", () => {
  const { model, tell, rows } = open();
  tell(CHANGES);
  model.change({ status: status({ since: T0 - 2_000, count: 9 }) });
  expect(model.sent).toHaveLength(1);
  model.change({ status: status({ state: "retrying", since: T0 }) });
  expect(model.sent).toHaveLength(2);
  tell([...CHANGES.slice(1)]);
  expect(rows()).toHaveLength(2);
});

it("says that it can't be asked without a kernel", () => {
  const { model, root } = open(true);
  expect(model.sent).toEqual([]);
  expect(root.querySelector(".waiting")?.textContent).toContain("can't be asked");
});

it("leaves nothing behind", () => {
  const { model, el, clock, tell, end } = open();
  tell(CHANGES);
  end();
  expect([el.childNodes.length, model.listening, clock.pending]).toEqual([0, 0, 0]);
});

it("is what is mounted", () => {
  const model = new FakeModel();
  const el = document.createElement("div");
  const life = new AbortController();
  lives.push(life);
  mount(model as Model, el, life.signal);
  expect(el.firstElementChild?.shadowRoot?.querySelector('[data-part="timeline"]')).not.toBeNull();
});

it("reads whatever comes", () => {
  for (const nonsense of [null, {}, { timeline: 5 }, "x"]) expect(readTimeline(nonsense)).toBeNull();
  expect(readTimeline({ timeline: [null, [1, "x", "odd", -5]] })).toEqual([
    { start: null, end: null, state: "connecting", attempt: 0, cause: "" },
    { start: 1, end: null, state: "connecting", attempt: 0, cause: "" },
  ]);
});
