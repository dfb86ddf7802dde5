import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { STATES, type Status } from "../src/traits";
import { ACTION, LOGIN, WAITING_FOR_KERNEL, WORD } from "../src/words";
import { FakeObserver, Page, status, T0 } from "./helpers";

let page: Page;
afterEach(() => page.end());

const show = (more: Partial<Status>) => {
  page = new Page({ status: status(more) });
  return page.view();
};
const change = (more: Partial<Status>) =>
  page.model.change({ status: status({ now: page.clock.now(), ...more }) });

describe("each state", () => {
  it.each(STATES)("%s has its word, its shape and its way out", (state) => {
    const view = show({ state });
    const bar = view.part("indicator");
    expect(bar.dataset.state).toBe(state);
    expect(view.text("word")).toBe(WORD[state]);
    expect(bar.querySelectorAll(".sign svg")).toHaveLength(1);
    expect(bar.querySelector<SVGElement>(".sign svg")?.dataset.glyph).toBe(state);
    const button = view.part("action");
    expect(button.hidden).toBe(ACTION[state] === undefined);
    expect(button.hidden ? "" : button.textContent).toBe(ACTION[state]?.label ?? "");
  });

  it("has a shape of its own, not only a colour", () => {
    const shapes = STATES.map((state) => {
      const view = show({ state });
      const shape = view.part("indicator").querySelector(".sign svg")?.innerHTML;
      page.end();
      return shape;
    });
    expect(new Set(shapes).size).toBe(STATES.length);
  });

  it.each(["unauthenticated", "unauthorized"] as const)("%s says in words what to do", (state) => {
    const view = show({ state, cause: "the token expired" });
    expect(view.text("detail")).toBe(`the token expired${LOGIN}`);
    expect(view.part("detail").querySelector("code")?.hidden).toBe(false);
  });

  it("open has no hint about tokens", () => {
    expect(show({}).part("detail").querySelector("code")?.hidden).toBe(true);
  });
});

describe("what is known", () => {
  it("is the name, the age of the last event and the count", () => {
    const view = show({ name: "api.example.com" });
    expect(view.text("name")).toBe("api.example.com");
    expect(view.part("detail").textContent).toContain("last event 2 s ago");
    expect(view.text("count")).toBe("1,256 events");
  });

  it("is text, whatever it looks like", () => {
    const evil = "<img src=x onerror=alert(1)>";
    const view = show({ state: "retrying", name: evil, cause: evil });
    expect(view.text("name")).toBe(evil);
    expect(view.text("detail")).toContain(evil);
    expect(view.root.querySelector("img")).toBeNull();
  });

  it("is drawn in place when it changes", () => {
    const view = show({});
    const word = view.part("word");
    change({ state: "retrying", attempt: 1 });
    expect(view.part("indicator").dataset.state).toBe("retrying");
    change({ state: "open", count: 1257 });
    expect(view.part("word")).toBe(word);
    expect(view.text("word")).toBe("Connected");
    expect(view.text("count")).toBe("1,257 events");
    expect(view.part("indicator").querySelectorAll(".sign svg")).toHaveLength(1);
  });

  it("is measured by the kernel's clock", () => {
    const view = show({});
    const hour = 3_600_000;
    change({ last_event_at: T0 + hour - 3_000, now: T0 + hour });
    expect(view.part("detail").textContent).toContain("last event 3 s ago");
  });
});

describe("ticking", () => {
  it("tells the age by itself, each second, then each minute", () => {
    const view = show({ last_event_at: T0 });
    page.clock.pass(999);
    expect(view.text("detail")).toContain("just now");
    page.clock.pass(1);
    expect(view.text("detail")).toContain("1 s ago");
    page.clock.pass(58_000);
    expect(view.text("detail")).toContain("59 s ago");
    page.clock.pass(1_000);
    expect(view.text("detail")).toContain("1 min ago");
  });

  it("counts down to the next attempt, with a meter", () => {
    const view = show({ state: "retrying", attempt: 4, since: T0 - 4_000, next_retry_at: T0 + 6_000 });
    const level = view.part("meter").firstElementChild as HTMLElement;
    expect(view.text("word")).toBe("Reconnecting in 6 s");
    expect(view.part("meter").hidden).toBe(false);
    expect(level.style.transform).toBe("scaleX(0.400)");
    page.clock.pass(5_000);
    expect(view.text("word")).toBe("Reconnecting in 1 s");
    expect(level.style.transform).toBe("scaleX(0.900)");
    page.clock.pass(1_000);
    expect(view.text("word")).toBe("Reconnecting");
    expect(page.clock.pending).toBe(0);
  });

  it("has no meter in another state, or where there is nothing to measure", () => {
    expect(show({}).part("meter").hidden).toBe(true);
    page.end();
    expect(show({ state: "retrying", next_retry_at: null }).part("meter").hidden).toBe(true);
  });
});

describe("while nobody can see it", () => {
  beforeEach(() => {
    globalThis.IntersectionObserver = FakeObserver as unknown as typeof IntersectionObserver;
  });

  it("has no timer, and is right at once when it is seen again", () => {
    const view = show({ last_event_at: T0 });
    FakeObserver.scroll(view, false);
    expect(page.clock.pending).toBe(0);
    page.clock.pass(90_000);
    FakeObserver.scroll(view, true);
    expect(view.text("detail")).toContain("1 min ago");
  });

  it("shows a change of state all the same", () => {
    const view = show({});
    FakeObserver.scroll(view, false);
    change({ state: "exhausted" });
    expect(view.text("word")).toBe("Gave up");
  });
});

describe("the button", () => {
  it.each([
    ["open", "disconnect"],
    ["stale", "reconnect"],
    ["retrying", "reconnect"],
    ["exhausted", "reconnect"],
    ["disconnected", "reconnect"],
  ] as const)("of %s asks the kernel to %s, once", (state, wish) => {
    const view = show({ state });
    view.part("action").click();
    view.part("action").click();
    expect(page.model.sent).toEqual([{ do: wish }]);
    expect(view.part("action").getAttribute("aria-disabled")).toBe("true");
  });

  it("can be pressed again when the kernel has answered by a change of state", () => {
    const view = show({});
    view.part("action").click();
    change({ state: "disconnected", since: T0 });
    expect(view.part("action").getAttribute("aria-disabled")).toBe("false");
    view.part("action").click();
    expect(page.model.sent).toEqual([{ do: "disconnect" }, { do: "reconnect" }]);
  });

  it("says so when the kernel does not answer, and gives up waiting in the end", () => {
    const view = show({});
    view.part("action").click();
    change({ count: 1257 }); // no answer: only another event
    page.clock.pass(1_500);
    expect(view.text("detail")).toContain(WAITING_FOR_KERNEL);
    page.clock.pass(8_500);
    expect(view.text("detail")).toContain("last event 12 s ago");
    expect(view.part("action").getAttribute("aria-disabled")).toBe("false");
  });

  it("is a button with a name and an explanation", () => {
    const button = show({}).part("action");
    expect(button.tagName).toBe("BUTTON");
    expect(button.getAttribute("type")).toBe("button");
    expect(button.title).toBe(ACTION.open?.title);
  });
});

describe("a kernel that has gone", () => {
  it("is shown when ipywidgets tells, until the kernel speaks again", () => {
    const view = show({});
    page.model.tell("comm_live_update");
    expect(view.part("indicator").dataset.state).toBe("gone");
    expect(view.text("word")).toBe("Kernel gone");
    expect(view.part("action").hidden).toBe(true);
    change({});
    expect(view.text("word")).toBe("Connected");
  });

  it("is never called Connected in a saved notebook, not even at first", () => {
    page = new Page();
    expect(page.view("jupyter-widgets-disconnected").text("word")).toBe("Kernel gone");
  });
});

it("names itself to a screen reader, and hides its drawing from it", () => {
  const view = show({ name: "api.example.com" });
  const bar = view.part("indicator");
  expect(bar.getAttribute("role")).toBe("group");
  expect(bar.getAttribute("aria-label")).toBe("Event stream api.example.com");
  for (const drawing of bar.querySelectorAll("svg")) expect(drawing.getAttribute("aria-hidden")).toBe("true");
});

describe("an alarm", () => {
  const alarm = (view: { part(name: string): HTMLElement }) => {
    const bar = view.part("indicator");
    return [bar.hasAttribute("data-grace"), bar.hasAttribute("data-alarm"), view.part("hush").hidden];
  };
  const CALM = [false, false, true];
  const GRACE = [true, false, true];
  const ALARM = [false, true, false];

  it("begins when a drop has lasted for a second; the word is there at once", () => {
    const view = show({});
    expect(alarm(view)).toEqual(CALM);
    change({ state: "retrying", since: T0, attempt: 1 });
    expect([view.text("word"), alarm(view)]).toEqual(["Reconnecting", GRACE]);
    page.clock.pass(999);
    expect(alarm(view)).toEqual(GRACE);
    page.clock.pass(1);
    expect(alarm(view)).toEqual(ALARM);
    change({ state: "connecting", since: T0 + 1_000 });
    expect(alarm(view)).toEqual(ALARM); // nothing has changed yet
    change({ state: "retrying", since: T0 + 1_010 });
    expect(alarm(view)).toEqual(ALARM);
    change({ state: "open" });
    expect(alarm(view)).toEqual(CALM);
  });

  it("is none when the drop was a blip", () => {
    const view = show({});
    change({ state: "retrying", since: T0 });
    page.clock.pass(900);
    change({ state: "open" });
    page.clock.pass(900);
    expect(alarm(view)).toEqual(CALM);
    change({ state: "retrying", since: page.clock.now() });
    page.clock.pass(500);
    expect(alarm(view)).toEqual(GRACE);
  });

  it("is there at once when the page begins with an old drop", () => {
    expect(alarm(show({ state: "exhausted", since: T0 - 5_000 }))).toEqual(ALARM);
  });

  it.each(["disconnected", "closed", "unauthenticated", "connecting", "open"] as const)(
    "is none in %s",
    (state) => {
      expect(alarm(show({ state }))).toEqual(CALM);
    },
  );

  it("stays dismissed until the next drop, in all views", () => {
    const view = show({ state: "stale" });
    const other = page.view();
    view.part("hush").click();
    const hushed = [false, false, true];
    expect([alarm(view), alarm(other)]).toEqual([hushed, hushed]);
    change({ state: "retrying" });
    change({ state: "exhausted" });
    page.clock.pass(60_000);
    expect(alarm(view)).toEqual(hushed);
    expect(view.text("word")).toBe("Gave up");
    change({ state: "open" });
    change({ state: "stale", since: page.clock.now() });
    page.clock.pass(1_000);
    expect([alarm(view), alarm(other)]).toEqual([ALARM, ALARM]);
  });
});

describe("a compact bar", () => {
  const compact = (more: Partial<Status>) => {
    page = new Page({ part: "compact", status: status(more) });
    return page.view();
  };

  it("says state and age, and has the way out where there is something to do", () => {
    const view = compact({});
    expect([view.text("word"), view.part("detail").textContent]).toEqual(["Connected", `2 s ago${LOGIN}`]);
    expect([view.part("action").hidden, view.root.querySelector('[data-part="toasts"]')]).toEqual([
      true,
      null,
    ]);
    change({ state: "stale" });
    expect(view.part("action").hidden).toBe(false);
    page.clock.pass(2_000);
    expect([view.part("indicator").hasAttribute("data-alarm"), view.part("hush").hidden]).toEqual([
      true,
      true,
    ]);
  });
});

it("opens what led to the state, and folds it", () => {
  const view = show({});
  const state = view.part("state");
  expect([state.getAttribute("aria-expanded"), view.part("timeline-panel").hidden]).toEqual(["false", true]);
  state.click();
  expect([state.getAttribute("aria-expanded"), view.part("timeline-panel").hidden]).toEqual(["true", false]);
  expect(page.model.sent).toContainEqual({ do: "module", name: "timeline" });
  state.click();
  expect([state.getAttribute("aria-expanded"), view.part("timeline-panel").hidden]).toEqual(["false", true]);
});
