// What is folded away below the bar: a button that opens it, and its room. Nothing of it is made before it is opened.

import { h, write } from "./dom";
import { chevronGlyph } from "./glyphs";
import type { Loader } from "./loader";
import type { Model } from "./traits";
import { FEED, LOADING_FEED, noFeed } from "./words";

export class Panel {
  readonly #button = h(
    "button",
    { type: "button", class: "button quiet fold", "aria-expanded": "false", "data-part": "fold" },
    FEED,
    chevronGlyph(),
  );
  /** The button, if there is anything to open. */
  readonly buttons: HTMLElement[];
  readonly element = h("div", { class: "panel", "data-part": "panel" });
  readonly #words = h("p", { class: "waiting", role: "status" });
  readonly #loader: Loader;
  readonly #model: Model;
  readonly #gone: () => boolean;
  readonly #signal: AbortSignal;
  #life: AbortController | null = null;

  constructor(loader: Loader, model: Model, gone: () => boolean, signal: AbortSignal) {
    this.buttons = loader.has("feed") ? [this.#button] : [];
    this.#loader = loader;
    this.#model = model;
    this.#gone = gone;
    this.#signal = signal;
    this.element.hidden = true;
    this.#button.addEventListener("click", () => (this.#life ? this.#fold() : void this.#unfold()));
    signal.addEventListener("abort", () => this.#life?.abort(), { once: true });
  }

  /** A part that was not opened can't be once the kernel is gone. */
  draw(): void {
    this.#button.hidden = this.#gone() && !this.#life;
  }

  #fold(): void {
    this.#life?.abort();
    this.#life = null;
    this.element.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
  }

  async #unfold(): Promise<void> {
    const life = new AbortController();
    this.#life = life;
    this.element.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    write(this.#words, LOADING_FEED);
    this.element.replaceChildren(this.#words);
    try {
      const { mount } = await this.#loader.load("feed");
      if (life.signal.aborted || this.#signal.aborted) return;
      this.element.replaceChildren();
      mount(this.#model, this.element, life.signal, this.#gone());
    } catch (error) {
      write(this.#words, noFeed(error instanceof Error ? error.message : String(error)));
    }
  }
}
