import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LEAVE } from "../src/toast";
import { SEVERITIES, type ToastData } from "../src/traits";
import { FakeObserver, Page, T0, toast, toasts, type View } from "./helpers";

let page: Page;
let view: View;
beforeEach(() => {
  page = new Page();
  view = page.view();
});
afterEach(() => page.end());

const list = (...now: ToastData[]) => page.model.change({ toasts: now });
const part = (id: number, name: string) => view.card(id).querySelector<HTMLElement>(`[data-part="${name}"]`);
const point = (type: "pointerenter" | "pointerleave") => view.part("toasts").dispatchEvent(new Event(type));

describe("a card", () => {
  it.each(SEVERITIES)("of %s has its edge, its shape and its word", (severity) => {
    list(toast(1, { severity, title: "Build", text: "wl-1" }));
    const card = view.card(1);
    expect(card.dataset.severity).toBe(severity);
    expect(card.querySelector("svg")?.dataset.glyph).toBe(severity);
    expect(part(1, "title")?.textContent).toBe("Build");
    expect(part(1, "text")?.textContent).toBe("wl-1");
    expect([part(1, "title")?.title, part(1, "text")?.title]).toEqual(["Build", "wl-1"]);
    expect(card.textContent?.toLowerCase()).toContain(severity === "info" ? "information" : severity);
  });

  it("has shapes that differ without colour", () => {
    list(...SEVERITIES.map((severity, id) => toast(id, { severity })));
    const shapes = view.cards.map((card) => card.querySelector("svg")?.innerHTML);
    expect(new Set(shapes).size).toBe(SEVERITIES.length);
  });

  it("shows the count only when there is one to show", () => {
    list(toast(1), toast(2, { count: 37 }));
    expect(part(1, "times")?.hidden).toBe(true);
    expect([part(2, "times")?.hidden, part(2, "times")?.textContent]).toEqual([false, "×37"]);
  });

  it("shows text as text, whatever it looks like", () => {
    const evil = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
    list(toast(1, { title: evil, text: evil }));
    expect(part(1, "title")?.textContent).toBe(evil);
    expect(part(1, "text")?.textContent).toBe(evil);
    expect(view.root.querySelector("img, script")).toBeNull();
    expect(view.close(1).getAttribute("aria-label")).toBe(`Dismiss: ${evil}`);
  });

  it("says how old it is when it was held for long", () => {
    list(toast(1, { duration: null }));
    expect(part(1, "age")?.hidden).toBe(true);
    page.clock.pass(60_000);
    expect(part(1, "age")?.textContent).toBe("1 min ago");
    page.clock.pass(60_000);
    expect(part(1, "age")?.textContent).toBe("2 min ago");
  });

  it("is changed in place when the kernel folds into it", () => {
    list(toast(1, { severity: "warning" }));
    const card = view.card(1);
    list(toast(1, { rev: 1, count: 2, title: "again", severity: "error" }));
    expect(view.card(1)).toBe(card);
    expect(card.dataset.severity).toBe("error");
    expect([part(1, "title")?.textContent, part(1, "times")?.textContent]).toEqual(["again", "×2"]);
  });
});

describe("in a flood", () => {
  it("is drawn without asking for a style, which has the page styled anew; who points has it asked", () => {
    list(toast(1));
    const asked = vi.spyOn(globalThis, "getComputedStyle");
    for (let n = 1; n <= 10; n += 1) list(toast(1, { rev: n, count: n + 1 }));
    expect([part(1, "times")?.textContent, asked.mock.calls.length]).toEqual(["×11", 0]);
    point("pointerenter");
    expect(asked.mock.calls.length).toBeGreaterThan(0);
    asked.mockRestore();
  });
});

describe("coming and going", () => {
  it("leaves after its time, and is then out of the page", () => {
    list(toast(1));
    const slot = view.card(1).closest<HTMLElement>("li");
    page.clock.pass(5_000);
    expect(slot?.dataset.phase).toBe("leaving");
    expect(slot?.inert).toBe(true);
    page.clock.pass(LEAVE);
    expect(slot?.isConnected).toBe(false);
  });

  it("turns round when it comes back while it is leaving", () => {
    list(toast(1));
    const card = view.card(1);
    page.clock.pass(5_000 + LEAVE / 2);
    list(toast(1, { rev: 1, count: 2 }));
    expect(view.card(1)).toBe(card);
    expect(card.closest("li")?.inert).toBe(false);
    page.clock.pass(LEAVE);
    expect(view.ids).toEqual([1]);
  });

  it("comes back as a new card when it had left", () => {
    list(toast(1));
    page.clock.pass(5_000 + LEAVE);
    list(toast(1, { rev: 1, count: 2 }));
    expect(view.ids).toEqual([1]);
  });

  it("leaves at most four on the screen, and says how many wait", () => {
    list(...toasts(1, 2, 3, 4, 5, 6));
    expect(view.ids).toEqual([1, 2, 3, 4]);
    expect(view.text("more")).toBe("2 more");
    page.clock.pass(5_000);
    expect(view.ids).toEqual([5, 6]);
    expect(view.part("more").parentElement?.hasAttribute("data-empty")).toBe(true);
  });

  it("says what the kernel could not hand over", () => {
    page.model.change({ toasts: toasts(1), more: 312 });
    expect(view.text("more")).toBe("312 more not shown");
  });
});

describe("a place", () => {
  const place = (id: number) => view.card(id).closest<HTMLElement>("li")?.style.getPropertyValue("--at");
  const places = () => view.ids.map((id) => [id, place(id)]);

  it("is kept while the neighbours go, and a free one is taken by who comes next", () => {
    list(...toasts(1, 2, 3));
    view.close(1).click();
    view.close(2).click();
    page.clock.pass(LEAVE);
    expect(places()).toEqual([[3, "2"]]);
    list(...toasts(1, 2, 3, 4));
    expect(places()).toEqual([
      [4, "0"],
      [3, "2"],
    ]);
  });

  it("is had by one toast only, whoever comes back", () => {
    list(...toasts(1, 2));
    view.close(1).click(); // it is still leaving when another takes its place
    list(...toasts(1, 2, 3));
    list(toast(1, { rev: 1, severity: "error" }), ...toasts(2, 3));
    expect(places()).toEqual([
      [3, "0"],
      [2, "1"],
      [1, "2"],
    ]);
    page.clock.pass(LEAVE);
    expect(view.ids).toEqual([3, 2, 1]);
  });

  it("is where the keyboard expects it", () => {
    list(...toasts(1, 2, 3, 4));
    view.close(2).click();
    list(...toasts(1, 2, 3, 4, 5));
    expect(view.ids).toEqual([1, 5, 3, 4]);
  });
});

describe("the room below the bar", () => {
  const room = () => view.part("toasts").style.getPropertyValue("--reach");

  it("is taken when the first toast comes, grows, and is kept when they are gone", () => {
    expect(room()).toBe("");
    list(toast(1));
    expect(room()).toBe("1");
    list(...toasts(1, 2, 3));
    expect(room()).toBe("3");
    page.clock.pass(60_000);
    expect([view.ids, room()]).toEqual([[], "3"]);
    list(toast(4));
    expect([view.ids, room()]).toEqual([[4], "3"]);
  });

  it("is given back when all is dismissed by hand, once the cards are out of sight", () => {
    list(...toasts(1, 2, 3, 4, 5));
    view.part("dismiss-all").click();
    expect(room()).toBe("4");
    page.clock.pass(LEAVE);
    expect(room()).toBe("");
  });

  it("is given back when the last one is dismissed by hand, and when nobody looks", () => {
    list(toast(1));
    view.close(1).click();
    page.clock.pass(LEAVE);
    expect(room()).toBe("");
  });

  it("has a line below only when there is something to say", () => {
    list(...toasts(1, 2, 3, 4));
    const foot = () => view.part("toasts").style.getPropertyValue("--foot") === "1";
    expect(foot()).toBe(false);
    list(...toasts(1, 2, 3, 4, 5));
    expect(foot()).toBe(true);
    page.clock.pass(5_000);
    expect(foot()).toBe(true); // kept, as the rows are
  });

  it("is not given back when another toast has come meanwhile", () => {
    list(...toasts(1, 2, 3, 4, 5));
    view.part("dismiss-all").click();
    list(toast(6));
    page.clock.pass(LEAVE);
    expect([view.ids, room()]).toEqual([[6], "4"]);
    page.clock.pass(60_000);
    expect(room()).toBe("4");
  });
});

describe("dismissing", () => {
  it("by its button", () => {
    list(...toasts(1, 2));
    view.close(1).click();
    expect(view.ids).toEqual([2]);
  });

  it("by Escape inside it, which goes no further", () => {
    const outside = vi.fn();
    view.el.addEventListener("keydown", outside);
    list(...toasts(1, 2));
    view.close(2).focus();
    view
      .close(2)
      .dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, composed: true }));
    expect(view.ids).toEqual([1]);
    expect(outside).not.toHaveBeenCalled();
  });

  it("all at once", () => {
    page.model.change({ toasts: toasts(1, 2, 3, 4, 5, 6), more: 9 });
    view.part("dismiss-all").click();
    expect(view.ids).toEqual([]);
    expect(view.text("more")).toBe("");
    page.clock.pass(LEAVE);
    expect(view.root.querySelectorAll("li")).toHaveLength(0);
  });

  it("a leaving card again does nothing", () => {
    list(...toasts(1, 2));
    const button = view.close(1);
    button.click();
    button.click();
    page.clock.pass(LEAVE);
    expect(view.ids).toEqual([2]);
  });
});

describe("time stands still", () => {
  const waits = (begin: () => void, end: () => void) => {
    list(toast(1));
    page.clock.pass(1_000);
    begin();
    page.clock.pass(60_000);
    expect(view.ids).toEqual([1]);
    end();
    page.clock.pass(4_000);
    expect(view.ids).toEqual([]);
  };

  it("while somebody points at the toasts", () => {
    waits(
      () => point("pointerenter"),
      () => point("pointerleave"),
    );
  });

  it("while the keyboard is in them", () => {
    waits(
      () => view.close(1).dispatchEvent(new FocusEvent("focusin", { bubbles: true })),
      () =>
        view
          .close(1)
          .dispatchEvent(new FocusEvent("focusout", { bubbles: true, relatedTarget: document.body })),
    );
  });

  it("while the page is in the background", () => {
    const visible = vi.spyOn(document, "visibilityState", "get");
    const turn = (state: DocumentVisibilityState) => {
      visible.mockReturnValue(state);
      document.dispatchEvent(new Event("visibilitychange"));
    };
    waits(
      () => turn("hidden"),
      () => turn("visible"),
    );
  });

  it("and the line below says why", () => {
    list(...toasts(1, 2, 3, 4, 5));
    point("pointerenter");
    expect(view.text("more")).toBe("1 more · on hold while you are here");
  });

  it("but not for a pointer over the place of toasts that are gone", () => {
    list(toast(1));
    point("pointerenter");
    view.close(1).click();
    list(...toasts(1, 2));
    page.clock.pass(5_000);
    expect(view.ids).toEqual([]);
  });
});

describe("off the screen", () => {
  beforeEach(() => {
    page.end();
    globalThis.IntersectionObserver = FakeObserver as unknown as typeof IntersectionObserver;
    page = new Page();
    view = page.view();
  });

  it("time stands still, and nothing is lost", () => {
    FakeObserver.scroll(view, false);
    list(toast(1));
    page.clock.pass(60_000);
    FakeObserver.scroll(view, true);
    expect(view.ids).toEqual([1]);
    page.clock.pass(5_000);
    expect(view.ids).toEqual([]);
    page.clock.pass(LEAVE);
    expect(view.part("toasts").style.getPropertyValue("--reach")).toBe("1");
    FakeObserver.scroll(view, false); // nothing moves under anybody's eyes
    expect(view.part("toasts").hasAttribute("style")).toBe(false);
  });
});

describe("for a screen reader", () => {
  const region = (role: string) => view.root.querySelector(`[role="${role}"]`);

  it("the regions are there before anything is said", () => {
    expect(region("status")?.getAttribute("aria-live")).toBe("polite");
    expect(region("alert")?.getAttribute("aria-live")).toBe("assertive");
    expect([region("status")?.textContent, region("alert")?.textContent]).toEqual(["", ""]);
  });

  it("a toast is said once, politely", () => {
    list(toast(1, { severity: "warning", title: "Build", text: "wl-1", count: 3 }));
    expect(region("status")?.textContent).toBe("Warning: Build ×3. wl-1");
    expect(region("alert")?.textContent).toBe("");
    page.clock.pass(1_000);
    list(toast(1, { severity: "warning", title: "Build", rev: 1 }));
    expect(region("status")?.textContent).toBe("");
  });

  it("an error is said at once", () => {
    list(toast(1, { severity: "error", title: "Build failed" }));
    expect(region("alert")?.textContent).toBe("Error: Build failed");
  });

  it("says one that makes room for another once", () => {
    const errors = [1, 2, 3, 4].map((id) =>
      toast(id, { severity: "error", duration: null, title: `error ${id}` }),
    );
    list(...errors);
    page.clock.pass(60_000);
    list(...errors, toast(5));
    expect(view.ids).toEqual([1, 2, 3, 5]);
    page.clock.pass(2_000);
    expect(region("alert")?.textContent).toBe("");
    page.clock.pass(3_000);
    expect(view.ids).toEqual([1, 2, 3, 4]);
    expect(region("alert")?.textContent).toBe("");
  });

  it("a storm is a digest", () => {
    list(...toasts(1, 2, 3, 4, 5));
    view.close(2).click();
    expect(region("status")?.textContent).toBe("Information: t1");
    page.clock.pass(1_000);
    expect(region("status")?.textContent).toBe(
      "Information: t2. Information: t3. Information: t4. And 1 more.",
    );
  });

  it("the list has a name, and each button says what it dismisses", () => {
    list(toast(1, { title: "Build failed" }));
    expect(view.root.querySelector("ol")?.getAttribute("aria-label")).toBe("Notifications (F8)");
    expect(view.close(1).getAttribute("aria-label")).toBe("Dismiss: Build failed");
    expect(view.close(1).type).toBe("button");
  });
});

describe("the keyboard", () => {
  const active = () => view.root.activeElement;
  beforeEach(() => {
    // happy-dom knows no :focus-visible
    const matches = Element.prototype.matches;
    vi.spyOn(Element.prototype, "matches").mockImplementation(function (this: Element, selector: string) {
      return selector === ":focus-visible" ? true : matches.call(this, selector);
    });
  });

  it("goes on to the next toast, then to the one before, then to the bar", () => {
    list(...toasts(1, 2, 3));
    view.close(2).focus();
    view.close(2).click();
    expect(active()).toBe(view.close(3));
    view.close(3).click();
    expect(active()).toBe(view.close(1));
    view.close(1).click();
    expect(active()).toBe(view.part("action"));
  });
});

describe("what can be done", () => {
  const press = (id: number, name: string) => part(id, name)?.click();
  const labels = (id: number) => [...(part(id, "actions")?.children ?? [])].map((one) => one.textContent);
  const full = (id: number, more: Partial<ToastData> = {}) =>
    toast(id, { type: "build.failed", resource: "wl-1", seq: 5, title: "Build failed", ...more });

  it("is what makes sense of the toast", () => {
    list(toast(1), full(2), full(3, { seq: null, resource: "", actions: ["Logs"] }));
    const copy = navigator.clipboard ? ["Copy"] : [];
    expect([labels(1), labels(2), labels(3)]).toEqual([
      copy,
      ["Show", "Mute", ...copy],
      ["Logs", "Mute", ...copy],
    ]);
  });

  it("mutes the type here at once, tells the kernel, and says so with a way back", () => {
    list(full(1), full(2, { resource: "wl-2" }), full(3, { type: "error.report" }));
    press(1, "mute");
    expect(labels(1)).toEqual(["Mute for 15 min:", "build.failed", "wl-1", "Cancel"]);
    press(1, "mute-what");
    expect(view.ids).toEqual([3]);
    expect(page.model.sent).toEqual([{ do: "mute", type: "build.failed", resource: null, seconds: 900 }]);
    expect(view.text("muted")).toBe("build.failed muted, 15 min leftUndo");
    list(full(3, { type: "error.report" }), full(4), full(5, { type: "x" }));
    expect(view.ids).toEqual([5, 3]); // the kernel has not heard yet
    page.clock.pass(5_000);
    view.part("undo").click();
    expect(page.model.sent).toContainEqual({ do: "unmute", type: "build.failed", resource: null });
    expect(view.text("muted")).toBe("");
    list(full(6));
    expect(view.ids).toEqual([6]);
  });

  it("mutes the resource", () => {
    list(full(1), full(2, { type: "error.report" }), full(3, { resource: "wl-2" }));
    press(1, "mute");
    view.card(1).querySelectorAll<HTMLElement>('[data-part="mute-what"]')[1]?.click();
    expect(view.ids).toEqual([3]);
    expect(page.model.sent).toEqual([{ do: "mute", type: null, resource: "wl-1", seconds: 900 }]);
  });

  it("leads back from the choice, by Cancel and by Escape, and the toast stays", () => {
    list(full(1));
    press(1, "mute");
    press(1, "cancel");
    expect(labels(1)).toContain("Mute");
    press(1, "mute");
    part(1, "cancel")?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect([labels(1).includes("Mute"), view.ids]).toEqual([true, [1]]);
  });

  it("presses a button of the user's own, and says what became of it", () => {
    list(full(1, { actions: ["Logs"] }));
    press(1, "own");
    expect(page.model.sent).toEqual([{ do: "action", toast: 1, label: "Logs", seq: 5 }]);
    expect(part(1, "own")?.hasAttribute("data-asked")).toBe(true);
    page.model.tell("msg:custom", { acted: 1, label: "Logs", done: false });
    expect([part(1, "own")?.hasAttribute("data-asked"), part(1, "own")?.textContent]).toEqual([
      false,
      "Logs ✕",
    ]);
    page.clock.pass(1_600);
    expect(part(1, "own")?.textContent).toBe("Logs");
    for (const nonsense of [null, "x", { acted: "1" }, { acted: 9, label: "Logs", done: true }])
      page.model.tell("msg:custom", nonsense);
    expect(part(1, "own")?.textContent).toBe("Logs");
  });

  it("keeps its buttons while it counts on", () => {
    list(full(1));
    const mute = part(1, "mute");
    list(full(1, { rev: 1, count: 2, seq: 6, resource: "wl-9" }));
    expect(part(1, "mute")).toBe(mute);
  });

  it("copies title, number and text", async () => {
    const write = vi.fn(() => Promise.resolve());
    vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText: write } });
    list(full(1, { count: 37, text: "exit 1" }));
    press(1, "copy");
    await Promise.resolve();
    await Promise.resolve();
    expect(write).toHaveBeenCalledWith("Build failed ×37\nexit 1");
    vi.unstubAllGlobals();
  });
});

describe("what is muted", () => {
  const mute = (type: string, seconds = 600) => ({ type, until: T0 + seconds * 1000, suppressed: 3 });

  it("stands below the toasts, the newest by name, with the time that is left", () => {
    page.model.change({ mutes: [mute("a"), mute("b"), mute("c", 90)] });
    expect(view.text("muted")).toBe("c muted, 1 min leftUndob muted, 10 min leftUndoand 1 more");
    page.clock.pass(90_000);
    expect(view.text("muted")).toBe("b muted, 8 min leftUndoa muted, 8 min leftUndo");
    page.clock.pass(600_000);
    expect(view.text("muted")).toBe("");
  });
});

describe("the hotkey", () => {
  const key = () => document.dispatchEvent(new KeyboardEvent("keydown", { key: "F8", cancelable: true }));
  beforeEach(() => {
    const matches = Element.prototype.matches;
    vi.spyOn(Element.prototype, "matches").mockImplementation(function (this: Element, selector: string) {
      return selector === ":focus-visible" ? true : matches.call(this, selector);
    });
  });

  it("leads to the first toast, and back to where one was", () => {
    const editor = document.createElement("textarea");
    document.body.append(editor);
    editor.focus();
    list(...toasts(1, 2));
    key();
    expect(view.root.activeElement).toBe(view.close(1));
    key();
    expect(document.activeElement).toBe(editor);
    key();
    view.close(1).click();
    view.close(2).click(); // the last one
    expect(document.activeElement).toBe(editor);
    editor.remove();
  });

  it("is the page's where there are no toasts", () => {
    expect(key()).toBe(true);
    list(toast(1));
    expect(key()).toBe(false);
  });
});

describe("a finger", () => {
  const pointer = (type: string, x: number, pointerType = "touch") =>
    view
      .card(1)
      .dispatchEvent(
        Object.assign(new Event(type, { bubbles: true }), { pointerId: 1, clientX: x, pointerType }),
      );

  it("moves a toast away to either side; a short way, a mouse or a scroll does not", () => {
    list(toast(1, { duration: null }));
    for (const [type, end, x] of [
      ["mouse", "pointerup", 200],
      ["touch", "pointerup", 30],
      ["touch", "pointercancel", 200],
    ] as const) {
      pointer("pointerdown", 0, type);
      pointer("pointermove", x, type);
      pointer(end, x, type);
      expect([view.ids, view.card(1).style.transform]).toEqual([[1], ""]);
    }
    pointer("pointerdown", 100);
    pointer("pointermove", 20);
    expect(view.card(1).style.transform).toBe("translateX(-80px)");
    pointer("pointerup", 20);
    expect(view.ids).toEqual([]);
    expect(page.model.sent).toEqual([{ do: "dismiss", toasts: [[1, 1]] }]);
  });
});

it("all of it goes with the view, timers too", () => {
  list(...toasts(1, 2, 3, 4, 5));
  page.clock.pass(5_000);
  view.end();
  expect(view.el.childNodes).toHaveLength(0);
  page.end();
  expect(page.clock.pending).toBe(0);
  expect(page.model.listening).toBe(0);
});

it("an old toast is not shown after a reload, by the kernel's clock", () => {
  page.end();
  const hour = 3_600_000; // the kernel's clock is an hour ahead
  const at = (age: number) => T0 + hour - age;
  const state = {
    toasts: [toast(1, { at: at(6_000) }), toast(2, { at: at(1_000) })],
    status: { ...page.session.status, now: T0 + hour },
  };
  page = new Page(state);
  view = page.view();
  expect(view.ids).toEqual([2]);
});
