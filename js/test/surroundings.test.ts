import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followTheme, keepKeys } from "../src/surroundings";

let life: AbortController;
beforeEach(() => {
  life = new AbortController();
});
afterEach(() => {
  life.abort();
  document.body.removeAttribute("data-jp-theme-light");
  document.body.removeAttribute("style");
  document.body.replaceChildren();
});

describe("the theme", () => {
  function follow() {
    const outside = document.createElement("div");
    const host = document.createElement("div");
    const root = document.createElement("div");
    host.attachShadow({ mode: "open" }).append(root);
    outside.append(host);
    document.body.append(outside);
    followTheme(root, life.signal);
    return root;
  }

  it.each([
    ["true", "light"],
    ["false", "dark"],
  ])("is JupyterLab's: light is %s, so it is %s", (light, theme) => {
    document.body.dataset.jpThemeLight = light;
    expect(follow().dataset.theme).toBe(theme);
  });

  it("follows JupyterLab's when it changes, until the view ends", async () => {
    document.body.dataset.jpThemeLight = "true";
    const root = follow();
    document.body.dataset.jpThemeLight = "false";
    await Promise.resolve();
    expect(root.dataset.theme).toBe("dark");
    life.abort();
    document.body.dataset.jpThemeLight = "true";
    await Promise.resolve();
    expect(root.dataset.theme).toBe("dark");
  });

  it.each([
    ["rgb(230, 230, 230)", "dark"],
    ["rgb(20, 20, 20)", "light"],
  ])("elsewhere is told by the text around: %s is on %s", (color, theme) => {
    document.body.style.color = color;
    expect(follow().dataset.theme).toBe(theme);
  });

  it.each([
    [true, "dark"],
    [false, "light"],
  ])("is the system's where nothing else is known: dark %s", (dark, theme) => {
    vi.spyOn(globalThis, "getComputedStyle").mockReturnValue({ color: "" } as CSSStyleDeclaration);
    vi.spyOn(globalThis, "matchMedia").mockReturnValue({
      matches: dark,
      addEventListener: () => {},
    } as never);
    expect(follow().dataset.theme).toBe(theme);
  });
});

describe("keys", () => {
  function press(init: KeyboardEventInit) {
    const host = document.createElement("div");
    const button = document.createElement("button");
    host.append(button);
    document.body.append(host);
    keepKeys(host, life.signal);
    const notebook = vi.fn();
    document.addEventListener("keydown", notebook, { signal: life.signal });
    button.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, composed: true, ...init }));
    return notebook.mock.calls.length;
  }

  it.each(["d", "Enter", " ", "Escape", "ArrowDown", "D"])("pressed in the widget stay in it: %s", (key) => {
    expect(press({ key, shiftKey: key === "D" })).toBe(0);
  });

  it.each([
    { key: "s", ctrlKey: true },
    { key: "s", metaKey: true },
    { key: "ArrowUp", altKey: true },
    { key: "Tab" },
    { key: "Tab", shiftKey: true },
  ])("that are the page's go on to it: %j", (init) => {
    expect(press(init)).toBe(1);
  });
});
