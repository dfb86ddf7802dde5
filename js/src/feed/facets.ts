// The types that come most often, each a switch; and what the filter asks, each clause with what it passes.

import { h, write } from "../dom";
import { crossGlyph } from "../glyphs";
import { number } from "../words";
import type { Feed } from "./feed";
import type { Clause, Stop } from "./wire";
import * as words from "./words";

/** What a person's hand is on keeps its place. */
const touched = (element: HTMLElement): boolean =>
  element.matches(":hover") || element.contains((element.getRootNode() as ShadowRoot).activeElement);

/** A switch for each of the types that come most often, in the order of their names. */
export class Types {
  readonly element = h("div", {
    class: "chips facets",
    role: "group",
    "aria-label": words.TYPES,
    "data-part": "types",
  });
  readonly #toggle: (type: string) => void;
  #chips = new Map<string, { button: HTMLButtonElement; count: HTMLElement }>();

  constructor(toggle: (type: string) => void) {
    this.#toggle = toggle;
  }

  draw(feed: Feed): void {
    const told = new Map(feed.wanted.counts);
    const names = [...told.keys()].sort();
    if (names.join("\n") !== [...this.#chips.keys()].join("\n") && !touched(this.element)) this.#fill(names);
    for (const [type, { button, count }] of this.#chips) {
      button.setAttribute("aria-pressed", String(feed.wanted.isOn({ type })));
      write(count, number(told.get(type) ?? 0));
    }
    const [only] = this.#chips.keys();
    this.element.hidden = this.#chips.size < 2 && !(only !== undefined && feed.wanted.isOn({ type: only }));
  }

  #fill(names: string[]): void {
    this.#chips = new Map(names.map((name) => [name, this.#chips.get(name) ?? this.#chip(name)]));
    this.element.replaceChildren(...[...this.#chips.values()].map(({ button }) => button));
  }

  #chip(type: string): { button: HTMLButtonElement; count: HTMLElement } {
    const count = h("span", { class: "number" });
    const button = h(
      "button",
      { type: "button", class: "chip type-chip", title: type, "aria-pressed": "false", "data-type": type },
      h("bdi", { class: "name" }, type),
      " ",
      count,
    );
    button.addEventListener("click", () => this.#toggle(type));
    return { button, count };
  }
}

export interface ClauseEvents {
  relax(text: string): void;
  undo(): void;
  refused(): void;
}

/** What the filter asks: a chip for each clause, how to take it out, and the way to what it keeps out. */
export class ClauseRow {
  readonly element: HTMLElement;
  readonly #list = h("div", { class: "asks", role: "list", "aria-label": words.CLAUSES });
  readonly #basis = h("span", { class: "basis", "data-part": "basis" });
  readonly #count = h("span", { class: "number" });
  readonly #refused = h(
    "button",
    {
      type: "button",
      class: "chip",
      title: words.REFUSED_TITLE,
      "aria-pressed": "false",
      "data-part": "refused",
    },
    `${words.REFUSED} `,
    this.#count,
  );
  readonly #undo = h(
    "button",
    { type: "button", class: "link", title: words.UNDO_TITLE, "data-part": "undo" },
    words.UNDO,
  );
  readonly #relax: (text: string) => void;
  #drawn: Clause[] = [];
  #chips = new Map<string, Chip>();

  constructor(events: ClauseEvents) {
    this.#relax = (text) => {
      events.relax(text);
      this.#undo.focus(); // its own button is gone
    };
    this.#undo.addEventListener("click", () => events.undo());
    this.#refused.addEventListener("click", () => events.refused());
    this.element = h(
      "div",
      { class: "clauses", "data-part": "clauses" },
      h("div", { class: "filtered" }, this.#list, this.#basis, this.#undo),
      this.#refused,
    );
  }

  draw(feed: Feed, stopped: Stop[]): void {
    const { clauses, refused, applied, canUndo } = feed.wanted;
    const parts = clauses?.parts ?? [];
    if (parts !== this.#drawn) this.#fill(parts, clauses?.asked ?? 0, (clauses?.more ?? 0) === 0);
    for (const [text, chip] of this.#chips) chip.mark(stopped.find((one) => one.text === text));
    write(this.#basis, clauses ? words.basis(clauses) : "");
    this.#undo.hidden = !canUndo;
    this.#refused.hidden = applied.trim() === "" && !refused;
    this.#refused.setAttribute("aria-pressed", String(refused));
    write(this.#count, number(feed.refused));
    this.element.hidden = parts.length === 0 && this.#undo.hidden && this.#refused.hidden;
  }

  #fill(parts: Clause[], asked: number, whole: boolean): void {
    this.#drawn = parts;
    this.#chips = new Map(
      parts.map((part) => {
        const chip = this.#chips.get(part.text) ?? new Chip(part.text, () => this.#relax(part.text));
        chip.draw(part, asked, whole);
        return [part.text, chip];
      }),
    );
    const elements = [...this.#chips.values()].map(({ element }) => element);
    const same = elements.length === this.#list.children.length;
    if (!same || elements.some((one, n) => one !== this.#list.children[n]))
      this.#list.replaceChildren(...elements);
  }
}

/** One clause. */
class Chip {
  readonly element: HTMLElement;
  readonly #share = h("span", { class: "share" });
  readonly #saw = h("bdi", { class: "saw" });
  readonly #remove: HTMLButtonElement;

  constructor(text: string, remove: () => void) {
    this.#remove = h(
      "button",
      { type: "button", class: "out", "aria-label": words.remove(text), title: words.REMOVE },
      crossGlyph(),
    );
    this.#remove.addEventListener("click", remove);
    this.element = h(
      "span",
      { class: "ask", role: "listitem", "data-part": "clause" },
      h("bdi", { class: "code" }, text),
      this.#saw,
      this.#share,
      this.#remove,
    );
  }

  draw(part: Clause, asked: number, whole: boolean): void {
    write(this.#share, words.share(part.pass, asked));
    this.element.style.setProperty("--share", asked ? String(part.pass / asked) : "0");
    this.element.title = words.clause(part, asked);
    this.#remove.hidden = !whole;
  }

  /** It stopped the row that is looked at, or not. */
  mark(stop: Stop | undefined): void {
    this.element.toggleAttribute("data-stopped", stop !== undefined);
    write(this.#saw, stop ? words.saw(stop) : "");
  }
}
