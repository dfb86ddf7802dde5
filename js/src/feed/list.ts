// The rows on the screen: as many elements as there is room for, however many rows there are.

import { soonest } from "../clock";
import { h, slot, write } from "../dom";
import type { Feed } from "./feed";
import type { Gap, Item, Row } from "./wire";
import { age, FEED, gap, moment, REFUSED_FEED, said } from "./words";

export const ROW = 30; // pixels; the style sheet's --row is the same
const VISIBLE = 11;
const AROUND = 5; // rows above and below that are drawn before they are seen
export const POOL = VISIBLE + 2 * AROUND;
const TALLEST = 500_000; // rows: browsers end a page at some tens of millions of pixels

export interface Picked {
  seq: number;
  index: number;
}

export interface ListEvents {
  hover(on: boolean): void;
  scrolled(away: boolean): void;
  pick(row: Picked, add: boolean): void;
}

export class List {
  readonly element: HTMLElement;
  readonly #sheet = h("div", { class: "sheet", role: "presentation" });
  readonly #lines: Line[];
  readonly #feed: Feed;
  #active: number | null = null;
  #total = 0;

  constructor(feed: Feed, events: ListEvents) {
    this.#feed = feed;
    this.#lines = Array.from({ length: POOL }, (_, n) => new Line(`line-${n}`));
    this.#sheet.append(...this.#lines.map((line) => line.element));
    this.element = h(
      "div",
      {
        class: "list",
        role: "listbox",
        tabindex: "0",
        "aria-label": FEED,
        "aria-multiselectable": "true",
        "data-part": "list",
      },
      this.#sheet,
    );
    this.element.addEventListener("scroll", () => events.scrolled(this.element.scrollTop > ROW / 2));
    // A row, not the empty room below the last one.
    this.#sheet.addEventListener("pointerover", (event) => {
      if (event.pointerType !== "touch") events.hover(true);
    });
    this.#sheet.addEventListener("pointerleave", () => events.hover(false));
    this.#sheet.addEventListener("click", (event) => {
      const line = this.#lines.find(({ element }) => element.contains(event.target as Node));
      if (line?.seq === null || line?.seq === undefined) return;
      events.pick({ seq: line.seq, index: line.index }, event.ctrlKey || event.metaKey);
    });
  }

  /** Draws what is in sight; returns the milliseconds until an age changes. */
  draw(now: number, selected: ReadonlySet<number>, active: number | null): number | null {
    const total = Math.min(this.#feed.total, TALLEST);
    if (total !== this.#total) {
      this.#total = total;
      this.#sheet.style.blockSize = `${total * ROW}px`;
    }
    this.#active = active;
    const { refusedShown: refused } = this.#feed.wanted;
    this.element.toggleAttribute("data-refused", refused);
    this.element.setAttribute("aria-label", refused ? REFUSED_FEED : FEED);
    const first = Math.max(0, Math.min(Math.floor(this.element.scrollTop / ROW) - AROUND, total - POOL));
    this.#feed.want(first, first + POOL - 1);
    let next: number | null = null;
    this.#lines.forEach((line, n) => {
      const index = first + n;
      const shown = index < total;
      const due = line.draw(
        shown ? index : null,
        shown ? this.#feed.item(index) : undefined,
        this.#feed.total,
        {
          now,
          selected,
          active: index === active,
        },
      );
      next = soonest(next, due);
    });
    const at = active === null ? undefined : this.#lines.find((line) => line.index === active)?.element.id;
    if (at) this.element.setAttribute("aria-activedescendant", at);
    else this.element.removeAttribute("aria-activedescendant");
    return next;
  }

  get atTop(): boolean {
    return this.element.scrollTop <= ROW / 2;
  }

  toTop(): void {
    this.element.scrollTop = 0;
  }

  /** Scrolls no more than is needed for this item to be seen. */
  reveal(index: number): void {
    const { scrollTop, clientHeight } = this.element;
    const top = index * ROW;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) this.element.scrollTop = top + ROW - clientHeight;
  }

  get page(): number {
    return Math.max(1, Math.floor(this.element.clientHeight / ROW) - 1);
  }

  get active(): number | null {
    return this.#active;
  }
}

interface Around {
  now: number;
  selected: ReadonlySet<number>;
  active: boolean;
}

/** One element, which shows now this item and now that one. */
class Line {
  readonly element: HTMLElement;
  index = -1;
  seq: number | null = null;
  /** What the coloured edge tells, in a word for who can't see it. */
  readonly #severity = h("span", { class: "unseen" });
  readonly #age = h("time", { class: "age" });
  readonly #type = slot("type", "type");
  readonly #resource = slot("resource", "resource");
  readonly #message = slot("message", "message");
  readonly #title = h("bdi", { class: "hole" });
  readonly #text = slot("why", "why");

  constructor(id: string) {
    this.element = h(
      "div",
      { class: "line", id, role: "option", "aria-selected": "false" },
      h("span", { class: "sev" }),
      this.#severity,
      this.#age,
      this.#type.place,
      this.#resource.place,
      this.#message.place,
      this.#title,
      this.#text.place,
    );
    this.element.hidden = true;
  }

  draw(index: number | null, item: Item | undefined, total: number, around: Around): number | null {
    this.element.hidden = index === null;
    this.index = index ?? -1;
    this.seq = item?.seq ?? null;
    if (index === null) return null;
    this.element.style.transform = `translateY(${index * ROW}px)`;
    this.element.setAttribute("aria-setsize", String(total));
    this.element.setAttribute("aria-posinset", String(index + 1));
    this.element.toggleAttribute("data-active", around.active);
    const chosen = item !== undefined && item.seq !== null && around.selected.has(item.seq);
    this.element.setAttribute("aria-selected", String(chosen));
    this.element.dataset.kind = item === undefined ? "loading" : item.seq === null ? "gap" : "row";
    if (item === undefined) return this.#empty(index);
    return item.seq === null ? this.#gap(item) : this.#row(item, around.now);
  }

  #empty(_index: number): null {
    delete this.element.dataset.seq;
    delete this.element.dataset.severity;
    this.element.setAttribute("aria-label", "…");
    this.element.setAttribute("aria-disabled", "true");
    for (const each of [this.#age, this.#type.text, this.#resource.text, this.#message.text]) write(each, "");
    this.#resource.place.hidden = true;
    return null;
  }

  #row(row: Row, now: number): number | null {
    this.element.dataset.seq = String(row.seq);
    this.element.dataset.severity = row.severity;
    this.element.removeAttribute("aria-disabled");
    this.element.removeAttribute("aria-label");
    write(this.#severity, row.severity);
    const { text, next } = age(row.at, now);
    write(this.#age, text);
    this.#age.title = `${moment(row.at)} · row ${row.seq}`;
    write(this.#type.text, row.type);
    this.#type.place.title = row.type;
    write(this.#resource.text, row.resource);
    this.#resource.place.title = [row.kind, row.resource].filter(Boolean).join(" ");
    this.#resource.place.hidden = row.resource === "";
    const words = said(row);
    write(this.#message.text, words);
    this.#message.place.title = words;
    return next;
  }

  #gap(hole: Gap): null {
    delete this.element.dataset.seq;
    delete this.element.dataset.severity;
    this.element.setAttribute("aria-disabled", "true");
    const { title, text } = gap(hole);
    write(this.#title, title);
    write(this.#text.text, text);
    this.#text.place.title = text;
    this.element.removeAttribute("aria-label");
    return null;
  }
}
