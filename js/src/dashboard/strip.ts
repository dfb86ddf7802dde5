// What the connection went through, on the axis of the pictures: each state with its shape, word and colour.

import { h, write } from "../dom";
import { stateGlyph } from "../glyphs";
import { WORD } from "../words";
import type { Window } from "./series";
import type { Stay } from "./wire";
import * as words from "./words";

const ROOM = { glyph: 0.03, word: 0.16 }; // parts of the width from which on they are shown

export class Strip {
  readonly label = h("span", { class: "label", "aria-hidden": "true" }, words.CONNECTION);
  readonly element = h("div", { class: "plot states", role: "img", "data-part": "strip" });
  readonly peak = h("bdi", { class: "peak", "aria-hidden": "true" });

  draw(window: Window, stays: Stay[], summary: string, why: string): void {
    const { start, end } = window;
    const seen = stays.filter((stay) => (stay.end ?? end) > start && stay.start < end);
    while (this.element.children.length < seen.length) this.element.append(h("i", {}, h("span")));
    while (this.element.children.length > seen.length) this.element.lastElementChild?.remove();
    seen.forEach((stay, at) => {
      const one = this.element.children[at] as HTMLElement;
      const from = Math.max(stay.start, start);
      const part = (Math.min(stay.end ?? end, end) - from) / (end - start);
      one.style.left = `${(100 * (from - start)) / (end - start)}%`;
      one.style.width = `${100 * part}%`;
      const room = part >= ROOM.word ? "word" : part >= ROOM.glyph ? "glyph" : "";
      if (one.dataset.state === stay.state && one.dataset.room === room) return;
      one.dataset.state = stay.state;
      one.dataset.room = room;
      const word = h("span", { "aria-hidden": "true" }, room === "word" ? WORD[stay.state] : "");
      one.replaceChildren(...(room ? [stateGlyph(stay.state), word] : []));
    });
    write(this.peak, summary);
    this.peak.title = why;
    const said = words.strip(stays, start, end, summary, why);
    if (this.element.getAttribute("aria-label") !== said) this.element.setAttribute("aria-label", said);
  }
}
