import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Loader, type Part } from "../src/loader";
import type { Model } from "../src/traits";
import { type FakeModel, Page, toast } from "./helpers";

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("a script that is loaded", () => {
  const script = (text: string): Promise<Part> =>
    text === "broken" ? Promise.reject(new Error("no module")) : Promise.resolve({ mount: vi.fn() });
  const make = () => {
    const told: ((content?: unknown) => void)[] = [];
    const sent: unknown[] = [];
    const model = {
      get: (name: string) => (name === "parts" ? ["feed"] : undefined),
      on: (_: string, fn: (content?: unknown) => void) => told.push(fn),
      off: (_: string, fn: (content?: unknown) => void) => told.splice(told.indexOf(fn), 1),
      send: (content: unknown) => sent.push(content),
    } as unknown as Model;
    const tell = (content: unknown) => {
      for (const fn of [...told]) fn(content);
    };
    return { loader: new Loader(model, script), tell, told, sent };
  };

  it("is asked for once, whatever else the kernel says meanwhile", async () => {
    const { loader, tell, told, sent } = make();
    expect([loader.has("feed"), loader.has("else")]).toEqual([true, false]);
    const both = [loader.load("feed"), loader.load("feed")];
    for (const other of [null, "x", {}, { module: "else", text: "" }, { module: "feed" }]) tell(other);
    tell({ module: "feed", text: "whole" });
    const [one, two] = await Promise.all(both);
    expect(one).toBe(two);
    expect([sent, told]).toEqual([[{ do: "module", name: "feed" }], []]);
  });

  it("is asked for again if it could not be run", async () => {
    const { loader, tell, sent } = make();
    const first = loader.load("feed");
    tell({ module: "feed", text: "broken" });
    await expect(first).rejects.toThrow("no module");
    const second = loader.load("feed");
    tell({ module: "feed", text: "whole" });
    await second;
    expect(sent).toHaveLength(2);
  });
});

describe("the feed below the bar", () => {
  let page: Page;
  const mount = vi.fn();
  beforeEach(() => {
    page = new Page({ parts: ["feed"] });
    mount.mockClear();
    vi.spyOn(page.session.loader, "load").mockResolvedValue({ mount });
  });
  afterEach(() => page.end());

  it("is folded, and is made when it is opened; folded again it ends", async () => {
    const view = page.view();
    const [fold, panel] = [view.part("fold"), view.part("panel")];
    expect([fold.getAttribute("aria-expanded"), panel.hidden, mount.mock.calls.length]).toEqual([
      "false",
      true,
      0,
    ]);
    fold.click();
    await settled();
    expect([fold.getAttribute("aria-expanded"), panel.hidden]).toEqual(["true", false]);
    const [model, el, signal, gone] = mount.mock.calls[0] as [FakeModel, HTMLElement, AbortSignal, boolean];
    expect([model, el, signal.aborted, gone]).toEqual([page.model, panel, false, false]);
    fold.click();
    expect([signal.aborted, panel.hidden]).toEqual([true, true]);
  });

  it("is not made if it was folded before it came", async () => {
    const fold = page.view().part("fold");
    fold.click();
    fold.click();
    await settled();
    expect(mount).not.toHaveBeenCalled();
  });

  it("is opened at a row that a toast is about, and goes there", async () => {
    const show = vi.fn();
    mount.mockReturnValue({ show });
    page.model.change({ toasts: [toast(1, { seq: 7 }), toast(2, { seq: 9 })] });
    const view = page.view();
    const press = (id: number) => view.card(id).querySelector<HTMLElement>('[data-part="show"]')?.click();
    press(1);
    expect(view.part("panel").hidden).toBe(false);
    await settled();
    press(2);
    expect(show.mock.calls).toEqual([[7], [9]]);
    mount.mockReset();
  });

  it("ends with its view", async () => {
    const view = page.view();
    view.part("fold").click();
    await settled();
    view.end();
    expect((mount.mock.calls[0] as unknown[])[2]).toMatchObject({ aborted: true });
  });

  it("says why it can't be shown", async () => {
    vi.spyOn(page.session.loader, "load").mockRejectedValue(new Error("refused"));
    const view = page.view();
    view.part("fold").click();
    await settled();
    expect(view.text("panel")).toBe("The feed could not be loaded (refused)");
  });

  it("can't be opened any more when the kernel is gone", () => {
    const view = page.view();
    page.model.tell("comm_live_update");
    expect(view.part("fold").hidden).toBe(true);
  });

  it("is not there where the kernel has none", () => {
    const other = new Page();
    expect(other.view().root.querySelector('[data-part="fold"]')).toBeNull();
    other.end();
  });
});
