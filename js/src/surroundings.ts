// What the page around a view says: can it be seen, is it dark, is there a kernel, whose keys are these.

import { onAbort } from "./dom";

/** Tells whether a person could see `element` now: it is on the screen and the page is not in the background. */
export class Sight {
  #onScreen = true; // until told otherwise
  #changed: () => void = () => {};

  constructor(element: Element, signal: AbortSignal) {
    const tell = () => this.#changed();
    document.addEventListener("visibilitychange", tell, { signal });
    const observer = new IntersectionObserver((entries) => {
      this.#onScreen = entries.at(-1)?.isIntersecting ?? true;
      this.#changed();
    });
    observer.observe(element);
    onAbort(signal, () => observer.disconnect());
  }

  get seen(): boolean {
    return this.#onScreen && document.visibilityState !== "hidden";
  }

  onChange(fn: () => void): void {
    this.#changed = fn;
  }
}

/**
 * Sets `data-theme` on `root`, and again whenever the page changes its theme. JupyterLab says which it is; elsewhere
 * the inherited colour of text tells: light text stands on something dark. Only then the system's preference counts,
 * since a page that does not follow it would be left with a dark patch.
 */
export function followTheme(root: HTMLElement, signal: AbortSignal): void {
  const look = () => {
    root.dataset.theme = isDark(root) ? "dark" : "light";
  };
  const observer = new MutationObserver(look);
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, {
      attributes: true,
      attributeFilter: ["class", "style", "theme", "data-jp-theme-light", "data-theme"],
    });
  }
  onAbort(signal, () => observer.disconnect());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", look, { signal });
  look();
}

function isDark(root: HTMLElement): boolean {
  const said = document.querySelector("[data-jp-theme-light]")?.getAttribute("data-jp-theme-light");
  if (said) return said === "false";
  const host = (root.getRootNode() as ShadowRoot).host?.parentElement;
  const rgb = host && getComputedStyle(host).color.match(/[\d.]+/g);
  if (!rgb) return matchMedia("(prefers-color-scheme: dark)").matches;
  const [red = 0, green = 0, blue = 0] = rgb.map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140;
}

/** How ipywidgets marks a view that was made without a kernel: a saved notebook that was opened. */
export const hasNoKernel = (el: Element): boolean => el.closest(".jupyter-widgets-disconnected") !== null;

/**
 * Keys pressed in the widget are the widget's: `d d` on a focused button must not delete the cell. Combinations with
 * Ctrl, Alt or Meta go on to the page (saving still works), and so does Tab. JupyterLab listens at the document in
 * the bubbling phase, so stopping there is enough; `data-lm-suppress-shortcuts` would take Ctrl+S away as well.
 */
export function keepKeys(host: HTMLElement, signal: AbortSignal): void {
  const keep = (event: KeyboardEvent) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Tab") event.stopPropagation();
  };
  host.addEventListener("keydown", keep, { signal });
  host.addEventListener("keyup", keep, { signal });
}
