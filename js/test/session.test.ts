import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeObserver, Page, status, toast, toasts } from "./helpers";

let page: Page;
beforeEach(() => {
  globalThis.IntersectionObserver = FakeObserver as unknown as typeof IntersectionObserver;
  page = new Page();
});
afterEach(() => page.end());

const said = (view: { root: ShadowRoot }) => view.root.querySelector('[role="status"]')?.textContent;

describe("two views of one model", () => {
  it("show the same state, and each toast once", () => {
    const [one, two] = [page.view(), page.view()];
    page.model.change({ toasts: toasts(1, 2), status: status({ state: "stale" }) });
    expect([one.text("word"), two.text("word")]).toEqual(["Stale", "Stale"]);
    expect([one.ids, two.ids]).toEqual([[1, 2], []]);
  });

  it("say a change once", () => {
    const [one, two] = [page.view(), page.view()];
    page.model.change({ status: status({ state: "exhausted", cause: "404" }) });
    page.clock.pass(1_000);
    expect([said(one), said(two)]).toEqual(["Gave up, demo, 404", ""]);
  });

  it("hand over when the first goes, without what was dismissed or has had its time", () => {
    const [one, two] = [page.view(), page.view()];
    page.model.change({ toasts: [toast(1), toast(2, { duration: 9_000 }), toast(3, { duration: 9_000 })] });
    one.close(2).click();
    page.clock.pass(5_000);
    one.end();
    expect(two.ids).toEqual([3]);
    expect(said(two)).toBe(""); // it has been said
  });

  it("hand over when the first is scrolled away, and keep what time was left", () => {
    const [one, two] = [page.view(), page.view()];
    page.model.change({ toasts: toasts(1) });
    page.clock.pass(2_000);
    FakeObserver.scroll(one, false);
    expect([one.ids, two.ids]).toEqual([[], [1]]);
    page.clock.pass(2_999);
    expect(two.ids).toEqual([1]);
    page.clock.pass(1);
    expect(two.ids).toEqual([]);
  });

  it("do not hand back while the second is seen", () => {
    const [one, two] = [page.view(), page.view()];
    FakeObserver.scroll(one, false);
    page.model.change({ toasts: toasts(1) });
    FakeObserver.scroll(one, true);
    expect([one.ids, two.ids]).toEqual([[], [1]]);
  });

  it("forget the pointer of the view that had it", () => {
    const [one, two] = [page.view(), page.view()];
    page.model.change({ toasts: toasts(1) });
    one.part("toasts").dispatchEvent(new Event("pointerenter"));
    one.end();
    expect(two.ids).toEqual([1]);
    page.clock.pass(5_000);
    expect(two.ids).toEqual([]);
  });
});

it("a toast that comes while there is no view waits for one", () => {
  page.model.change({ toasts: toasts(1) });
  page.clock.pass(60_000);
  expect(page.view().ids).toEqual([1]);
});

it("a toast that came while the view was away is shown when it is back, as after a re-render", () => {
  const first = page.view();
  page.model.change({ toasts: toasts(1) });
  first.end();
  page.model.change({ toasts: toasts(1, 2) });
  expect(page.view().ids).toEqual([1, 2]);
});

describe("a state is said", () => {
  const become = (view: { root: ShadowRoot }, state: "connecting" | "retrying" | "open", lasts = 2_000) => {
    page.model.change({ status: status({ state }) });
    page.clock.pass(lasts);
    return said(view);
  };

  it("when it has changed for a second, not with each attempt of a long series", () => {
    const view = page.view();
    expect(become(view, "retrying", 999)).toBe("");
    page.clock.pass(1);
    expect(said(view)).toBe("Reconnecting, demo");
    expect(become(view, "connecting")).toBe("");
    expect(become(view, "retrying")).toBe("");
    expect(become(view, "open", 0)).toBe("Connected, demo");
  });

  it("not when it was a blip", () => {
    const view = page.view();
    expect(become(view, "retrying", 300)).toBe("");
    expect(become(view, "connecting", 300)).toBe("");
    expect(become(view, "open")).toBe("");
  });
});

describe("several models of one stream", () => {
  const models = (...parts: string[]) => {
    page.end();
    const clock = page.clock;
    const pages = parts.map((part) => new Page({ part, stream: "k-1" }, clock));
    return { pages, views: pages.map((one) => one.view()), clock, end: () => pages.map((one) => one.end()) };
  };
  const all = (pages: Page[], traits: Record<string, unknown>) => {
    for (const one of pages) one.model.change(traits);
  };

  it("show a toast once, in the first that has room for toasts", () => {
    const { pages, views, end } = models("indicator", "toasts", "all");
    all(pages, { toasts: toasts(1, 2) });
    expect(views.map(({ ids }) => ids)).toEqual([[], [1, 2], []]);
    expect(views[0]?.root.querySelector('[data-part="toasts"]')).toBeNull();
    expect(views[1]?.root.querySelector('[data-part="indicator"]')).toBeNull();
    end();
  });

  it("know what was dismissed or had its time in another, and lose nothing when that goes", () => {
    const { pages, views, clock, end } = models("all", "toasts");
    all(pages, { toasts: [toast(1), toast(2, { duration: 9_000 }), toast(3, { duration: null })], more: 0 });
    views[0]?.close(3).click();
    expect(pages[0]?.model.sent).toEqual([{ do: "dismiss", toasts: [[3, 1]] }]);
    clock.pass(5_000);
    pages[0]?.end();
    expect(views[1]?.ids).toEqual([2]);
    pages[1]?.model.change({ toasts: toasts(4), withdrawn: [3] });
    expect(views[1]?.ids).toEqual([2, 4]);
    views[1]?.close(4).click();
    expect(pages[1]?.model.sent).toEqual([{ do: "dismiss", toasts: [[4, 1]] }]);
    end();
  });

  it("count what was lost once: one of them hands over the toasts", () => {
    const { pages, views, end } = models("all", "toasts");
    all(pages, { toasts: toasts(1, 2), more: 0 });
    pages[1]?.model.change({ toasts: toasts(1) }); // later than the other's, as messages may come
    pages[1]?.model.change({ toasts: toasts(1, 2) });
    pages[0]?.model.change({ more: 1 });
    expect(views[0]?.text("more")).toBe("1 more not shown");
    end();
  });

  it("read a change out once, and dismiss an alarm for all", () => {
    const { pages, views, clock, end } = models("indicator", "compact");
    all(pages, { status: status({ state: "exhausted", cause: "404" }) });
    clock.pass(1_000);
    expect(views.map((view) => said(view))).toEqual(["Gave up, demo, 404", ""]);
    views[0]?.part("hush").click();
    expect(views.map((view) => view.part("indicator").hasAttribute("data-alarm"))).toEqual([false, false]);
    end();
  });

  it("are strangers to other streams, and leave nothing behind", () => {
    const { pages, end } = models("all", "all");
    const crowd = pages[0]?.session.crowd;
    expect(pages[1]?.session.crowd).toBe(crowd);
    const other = new Page({ stream: "k-2" });
    expect(other.session.crowd).not.toBe(crowd);
    other.end();
    end();
    const again = new Page({ stream: "k-1" });
    expect(again.session.crowd).not.toBe(crowd);
    again.end();
  });
});

it("a model that ends takes its views with it", () => {
  const view = page.view();
  page.end();
  expect(view.el.childNodes).toHaveLength(0);
  expect(page.model.listening).toBe(0);
  expect(page.clock.pending).toBe(0);
  expect(FakeObserver.all).toHaveLength(0);
});

describe("a kernel that has gone", () => {
  it("can't be told, and what a person does with toasts is done here", () => {
    const view = page.view();
    page.model.change({ toasts: [toast(1, { type: "build.failed" }), toast(2), toast(3)] });
    page.model.tell("comm_live_update");
    page.model.send = () => {
      throw new Error("Cannot send");
    };
    view.close(2).click();
    expect(view.ids).toEqual([1, 3]);
    const press = (part: string) => view.card(1).querySelector<HTMLElement>(`[data-part="${part}"]`)?.click();
    press("mute");
    press("mute-what");
    expect(view.ids).toEqual([3]);
    view.root.querySelector<HTMLElement>('[data-part="undo"]')?.click();
    expect(view.text("muted")).toBe("");
  });
});
