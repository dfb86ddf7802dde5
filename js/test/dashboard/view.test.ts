import { afterEach, beforeEach, expect, it } from "vitest";
import { PATIENCE } from "../../src/dashboard/moment";
import { mount } from "../../src/dashboard/view";
import { HandClock, Model, S0, T0, told } from "./helpers";

let clock: HandClock;
let model: Model;
let el: HTMLElement;
let life: AbortController;

function show(all: unknown = told(), name = ""): void {
  life?.abort();
  clock = new HandClock();
  model = new Model(all);
  el = document.createElement("div");
  el.className = name;
  document.body.append(el);
  life = new AbortController();
  mount({ model, el, signal: life.signal, clock });
}
const root = (): ShadowRoot => el.firstElementChild?.shadowRoot as ShadowRoot;
const part = (name: string): HTMLElement => root().querySelector(`[data-part="${name}"]`) as HTMLElement;
const figure = (name: string): string =>
  root().querySelector(`[data-figure="${name}"] .short`)?.textContent ?? "";
const exact = (name: string): string =>
  root().querySelector(`[data-figure="${name}"] .exact`)?.textContent ?? "";
const rows = (name: string): (string | null)[][] =>
  [...part(name).querySelectorAll("tr")].map((row) =>
    [...row.children].filter((cell) => !cell.classList.contains("line")).map((cell) => cell.textContent),
  );

beforeEach(() => show());
afterEach(() => {
  life.abort();
  document.body.replaceChildren();
});

it("shows the numbers at a glance, and exactly", () => {
  model.all(told());
  expect(figure("Events")).toBe("2 /s200 in all");
  expect([figure("Bytes"), figure("Rows kept"), figure("Lag"), figure("Last event")]).toEqual([
    "440 B/s44.0 kB in all",
    "200of 1M at most",
    "12 msmedian 9 ms",
    "2 s agolast byte just now",
  ]);
  expect([exact("Events"), exact("Bytes")]).toEqual([
    "2 a second, 200 events in all",
    "440 a second, 44,000 in all",
  ]);
});

it("has tables that add up, and names that are nothing but text", () => {
  expect(rows("severities")).toEqual([
    ["error", "20", "10%"],
    ["warning", "30", "15%"],
    ["success", "50", "25%"],
    ["info", "100", "50%"],
  ]);
  expect(rows("types")).toEqual([
    ["build.failed", "120", "60%"],
    ["<b>bold</b>", "60", "30%"],
    ["3 others", "20", "10%"],
  ]);
  expect(root().querySelector("b b, th b")).toBeNull();
  expect(rows("fate").map(([name, n]) => [name, n])).toEqual([
    ["received", "210"],
    ["stored", "200"],
    ["control", "6"],
    ["filtered", "2"],
    ["duplicate", "1"],
    ["invalid", "1"],
  ]);
  expect(root().textContent).toContain("Toasts: 30 shown, 170 suppressed");
  const totals = { ...(told().totals as object), shown: 47, suppressed: 11_639_971 };
  model.all(told({ totals }));
  const foot = root().querySelector<HTMLElement>(".foot:not([hidden])");
  expect([foot?.textContent, foot?.title]).toEqual([
    "Toasts: 47 shown, 11.6M suppressed",
    "Toasts: 47 shown, 11,639,971 suppressed",
  ]);
});

it("asks for all of it when it is seen, again in time, and says when it goes", () => {
  const view = (model.sent[0] as { view: string }).view;
  expect(model.sent).toEqual([{ do: "look", view }]);
  clock.pass(240_000);
  expect(model.sent.at(-1)).toEqual({ do: "look", view });
  expect(model.sent.length).toBe(2);
  life.abort();
  expect(model.sent.at(-1)).toEqual({ do: "away", view });
  expect([model.listening, clock.pending]).toEqual([0, 0]);
});

it("goes on by its own clock between two messages, and no further than the kernel is known to live", () => {
  model.all(told());
  clock.pass(4_000);
  expect([figure("Last event"), figure("Events")]).toEqual(["6 s agolast byte 4 s ago", "0.4 /s200 in all"]);
  clock.pass(PATIENCE);
  expect(part("standing").textContent).toMatch(/^as of \d\d:06:31 · no word of the kernel since$/);
  expect(figure("Last event")).toBe("2 s agolast byte just now");
  model.news({ now: T0 + 4_000 + PATIENCE, tempo: 1 });
  expect(part("standing").textContent).toBe("");
  expect(figure("Last event")).toBe("18 s agolast byte 16 s ago");
});

it("stands at what it was once the kernel is gone, and says so", () => {
  model.all(told());
  model.tell("comm_live_update");
  clock.pass(60_000);
  expect(part("word").textContent).toBe("Kernel gone");
  expect(part("detail").textContent).toMatch(/showing what was here at \d\d:06:31 · run the cell again/);
  expect(figure("Last event")).toBe("2 s agolast byte just now");
  model.news({ now: T0 + 61_000, tempo: 1 }); // whoever sends is there
  expect(part("word").textContent).toBe("Connected");
});

it("opened without a kernel it shows what was saved", () => {
  show(told(), "jupyter-widgets-disconnected");
  expect([part("word").textContent, model.sent.length]).toEqual(["Kernel gone", 0]);
  expect(figure("Rows kept")).toBe("200of 1M at most");
});

it("lives by the time of a recording", () => {
  model.all(told({ virtual: true, tempo: 0 }));
  clock.pass(5_000);
  expect(figure("Last event")).toBe("2 s agolast byte just now");
  expect(part("standing").textContent).toMatch(/^recording, standing at \d\d:06:31$/);
  model.news({ now: T0, tempo: 10 });
  clock.pass(1_000);
  expect(figure("Last event")).toBe("12 s agolast byte 10 s ago");
  expect(part("standing").textContent).toMatch(/^recording, ×10 at \d\d:06:41$/);
});

it("hatches gaps, breaks the line there, and has both in words", () => {
  const seconds = (told().seconds as number[][]).filter(([at = 0]) => at < S0 - 20 || at >= S0 - 10);
  model.all(told({ seconds, gaps: [[T0 - 20_000, T0 - 10_000, "reset", false]] }));
  const plot = part("plot-events");
  const dark = plot.querySelector<HTMLElement>(".darks i");
  expect([dark?.style.left, dark?.style.width].map((at) => Number.parseFloat(at ?? "").toFixed(2))).toEqual([
    "93.33",
    "3.33",
  ]);
  expect(plot.querySelector(".stroke")?.getAttribute("d")?.match(/M/g)?.length).toBe(2);
  expect([plot.getAttribute("role"), plot.getAttribute("aria-label")]).toEqual([
    "img",
    "Events/s over the last 5 min: now 2/s, at most 2/s, with 1 stretch of which nothing is known",
  ]);
});

it("leads through the time by keys, and says what was then", () => {
  model.all(told());
  const cursor = part("cursor");
  const key = (name: string) =>
    cursor.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
  expect([cursor.getAttribute("role"), cursor.tabIndex]).toEqual(["slider", 0]);
  key("ArrowLeft");
  expect(cursor.getAttribute("aria-valuetext")).toMatch(
    /^\d\d:06:29 · 2 events · 1 error · 440 B · Connected$/,
  );
  expect(part("readout").textContent).toBe(cursor.getAttribute("aria-valuetext"));
  key("Home");
  expect(cursor.getAttribute("aria-valuetext")).toMatch(/^\d\d:01:31 · not known what came$/);
  expect(cursor.getAttribute("aria-valuenow")).toBe("0");
  key("Escape");
  expect([part("readout").hidden, root().querySelector<HTMLElement>(".legend")?.hidden]).toEqual([
    true,
    false,
  ]);
});

it("is silent: nothing of it is a live region", () => {
  expect(root().querySelector("[aria-live], [role=status], [role=alert], [role=log]")).toBeNull();
  model.all(told());
  const before = part("cursor").getAttribute("aria-valuetext");
  clock.pass(3_000);
  expect(part("cursor").getAttribute("aria-valuetext")).toBe(before);
});

it("looks back five minutes or an hour, as far as there is anything", () => {
  const pressed = (name: string) => part(name).getAttribute("aria-pressed");
  expect([pressed("range-seconds"), pressed("range-quarters")]).toEqual(["true", "false"]);
  part("range-quarters").click();
  expect([pressed("range-seconds"), pressed("range-quarters")]).toEqual(["false", "true"]);
  expect(part("plot-events").getAttribute("aria-label")).toContain("over the last 12 min");
});

it("says why it gave up, and the way out; asked once, it waits for the kernel", () => {
  const status = { ...(told().status as object), state: "exhausted", since: T0 - 9_000, cause: "503 Busy" };
  model.all(told({ status }));
  expect([part("word").textContent, part("detail").textContent]).toEqual([
    "Gave up",
    "503 Busystream.login(token)",
  ]);
  expect(part("detail").querySelector("code")?.hidden).toBe(true);
  part("action").click();
  part("action").click();
  expect(model.sent.filter((ask) => ask.do === "reconnect").length).toBe(1);
  expect(part("detail").textContent).toContain("waiting for the kernel to answer");
  clock.pass(11_000);
  expect(part("detail").textContent).toContain("503 Busy");
  part("action").click();
  expect(model.sent.filter((ask) => ask.do === "reconnect").length).toBe(2);
  model.news({ now: T0 + 1000, status: { ...status, state: "open", since: T0 + 900 } });
  expect(part("action").hidden).toBe(true);
  expect(root().querySelector(".head")?.getAttribute("data-state")).toBe("open");
});

it("says what it waits for while there is nothing", () => {
  model.all(told({ rows: 0, totals: {}, seconds: [], severities: [], types: [], others: [0, 0], lag: null }));
  expect([part("empty").hidden, part("over").hidden]).toEqual([false, true]);
  expect(part("empty").textContent).toContain("begin with the first event");
  model.news({ now: T0 + 1000, totals: { received: 1, stored: 1 }, rows: 1 });
  expect([part("empty").hidden, part("over").hidden]).toEqual([true, false]);
});

it("the number of elements does not grow", () => {
  model.all(told());
  const before = root().querySelectorAll("*").length;
  for (let n = 1; n < 60; n += 1) {
    clock.pass(500);
    model.news({
      now: T0 + 500 * n,
      tempo: 1,
      seconds: [[S0 + Math.floor(n / 2), n, n, 0, 0]],
      rows: 200 + n,
    });
  }
  expect(Math.abs(root().querySelectorAll("*").length - before)).toBeLessThan(4); // marks of the axis
});

it("breaks on nothing that a kernel may say", () => {
  for (const wrong of [null, {}, { news: 5 }, { news: { now: T0, seconds: "x", states: [[]] } }])
    model.tell("msg:custom", wrong);
  model.all({ now: "x" });
  model.all(undefined);
  expect(figure("Rows kept")).toBe("200of 1M at most");
});
