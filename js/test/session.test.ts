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
  it("when it changes, not with each attempt of a long series", () => {
    const view = page.view();
    const become = (state: "connecting" | "retrying" | "open", attempt = 0) => {
      page.model.change({ status: status({ state, attempt }) });
      const text = said(view);
      page.clock.pass(2_000);
      return text;
    };
    expect(become("retrying", 1)).toBe("Reconnecting, demo");
    expect(become("connecting", 1)).toBe("");
    expect(become("retrying", 2)).toBe("");
    expect(become("open")).toBe("Connected, demo");
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
