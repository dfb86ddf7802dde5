// Names and their numbers, each with a line as long as its share: a table, for the eye and for a screen reader alike.

import { h, write } from "../dom";
import { number } from "../words";
import * as words from "./words";

export interface Bar {
  /** Tells bars apart where two have one name. */
  key: string;
  name: string;
  n: number;
  tone?: string;
  title?: string;
  /** Where the line begins: so many come before. */
  after?: number;
  /** It is our word, and no name from elsewhere. */
  ours?: boolean;
}

const part = (n: number, of: number): string => (of ? Math.min(1, n / of) : 0).toFixed(5);

interface Row {
  element: HTMLElement;
  name: HTMLElement;
  line: HTMLElement;
  n: HTMLElement;
  share: HTMLElement;
}

export class Bars {
  readonly element: HTMLElement;
  readonly #body = h("tbody");
  readonly #foot = h("p", { class: "foot" }, h("bdi"));
  #rows: Row[] = [];

  readonly #title = h("bdi");

  constructor(part: string) {
    const table = h("table", { "data-part": part }, h("caption", {}, this.#title), this.#body);
    this.element = h("div", { class: "bars" }, table, this.#foot);
  }

  draw(title: string, bars: Bar[], of: number, foot = "", exact = foot): void {
    write(this.#title, title);
    while (this.#rows.length < bars.length) this.#rows.push(this.#made());
    for (const row of this.#rows.splice(bars.length)) row.element.remove();
    bars.forEach((bar, at) => {
      const row = this.#rows[at];
      if (!row) return;
      row.element.dataset.key = bar.key;
      row.element.dataset.tone = bar.tone ?? "";
      row.element.toggleAttribute("data-ours", bar.ours ?? false);
      row.element.title = bar.title ?? bar.name;
      write(row.name, bar.name);
      write(row.n, number(bar.n));
      write(row.share, words.share(bar.n, of));
      row.line.style.setProperty("--part", part(bar.n, of));
      row.line.style.setProperty("--after", part(bar.after ?? 0, of));
      row.line.hidden = bar.n === 0;
    });
    if (this.#foot.firstElementChild) write(this.#foot.firstElementChild, foot);
    this.#foot.hidden = foot === "";
    this.#foot.title = exact;
  }

  #made(): Row {
    const [name, line] = [h("bdi"), h("i")];
    // our words and numbers run from left to right, in whatever page
    const [n, share] = [h("td", { class: "n", dir: "ltr" }), h("td", { class: "share", dir: "ltr" })];
    const element = h(
      "tr",
      {},
      h("th", { scope: "row" }, name),
      h("td", { class: "line", "aria-hidden": "true" }, line),
      n,
      share,
    );
    this.#body.append(element);
    return { element, name, line, n, share };
  }
}
