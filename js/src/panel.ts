// What is folded away below the bar, and its room: the feed, or the timeline. Nothing of it is made before it is opened.

import { button, h, onAbort, write } from "./dom";
import { chevronGlyph } from "./glyphs";
import type { Loader, Mounted, Name } from "./loader";
import type { Model } from "./traits";
import { FEED, loading, notLoaded } from "./words";

export class Panel {
  readonly #button = button("button quiet fold", "fold", FEED, () => this.toggle(), {
    "aria-expanded": "false",
  });
  readonly element: HTMLElement;
  readonly #words = h("p", { class: "waiting", role: "status" });
  readonly #name: Name;
  readonly #loader: Loader;
  readonly #model: Model;
  readonly #gone: () => boolean;
  readonly #signal: AbortSignal;
  #life: AbortController | null = null;
  #shown: Mounted | null = null;
  /** The row that is to be shown as soon as the feed is there. */
  #wanted: number | null = null;

  constructor(name: Name, loader: Loader, model: Model, gone: () => boolean, signal: AbortSignal) {
    this.element = h("div", { class: "panel", "data-part": name === "feed" ? "panel" : "timeline-panel" });
    this.#name = name;
    this.#loader = loader;
    this.#model = model;
    this.#gone = gone;
    this.#signal = signal;
    this.element.hidden = true;
    this.#button.append(chevronGlyph());
    onAbort(signal, () => this.#life?.abort());
  }

  /** Whether there is anything to open. */
  get able(): boolean {
    return this.#loader.has(this.#name);
  }

  /** The button that opens it, if there is anything to open. */
  get buttons(): HTMLElement[] {
    return this.able ? [this.#button] : [];
  }

  /** A part that was not opened can't be once the kernel is gone. */
  draw(): void {
    this.#button.hidden = this.#gone() && !this.#life;
  }

  /** Opens it, or folds it; returns whether it is open now. */
  toggle(): boolean {
    if (this.#life) this.#fold();
    else void this.#unfold();
    return this.#life !== null;
  }

  /** Opens the feed at a row. */
  show(seq: number): void {
    this.#wanted = seq;
    if (!this.#life) void this.#unfold();
    else this.#reveal();
  }

  #reveal(): void {
    if (this.#wanted === null || !this.#shown) return;
    this.#shown.show(this.#wanted);
    this.#wanted = null;
  }

  #fold(): void {
    this.#life?.abort();
    this.#life = null;
    this.#shown = null;
    this.#wanted = null;
    this.element.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
  }

  async #unfold(): Promise<void> {
    const life = new AbortController();
    this.#life = life;
    this.element.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    write(this.#words, loading(this.#name));
    this.element.replaceChildren(this.#words);
    try {
      const { mount } = await this.#loader.load(this.#name);
      if (life.signal.aborted || this.#signal.aborted) return;
      this.element.replaceChildren();
      this.#shown = mount(this.#model, this.element, life.signal, this.#gone()) ?? null;
      this.#reveal();
    } catch (error) {
      write(this.#words, notLoaded(this.#name, error instanceof Error ? error.message : String(error)));
    }
  }
}
