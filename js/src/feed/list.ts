// The rows on the screen: as many elements as there is room for, however many rows there are.
//
// The law: a draw writes what differs and asks the page for nothing, since an answer may need a whole layout. A line
// goes on with the row that it shows: one that comes on top costs one line, the others only move.

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
  #lines: Line[];
  readonly #feed: Feed;
  #active: number | null = null;
  #total = 0;
  /** How far it is scrolled, as it last said. */
  #top = 0;

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
    this.element.addEventListener("scroll", () => {
      this.#top = this.element.scrollTop;
      events.scrolled(!this.atTop);
    });
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
    const first = Math.max(0, Math.min(Math.floor(this.#top / ROW) - AROUND, total - POOL));
    this.#feed.want(first, first + POOL - 1);
    this.#deal(first);
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
    return this.#top <= ROW / 2;
  }

  toTop(): void {
    this.#scroll(0);
  }

  #scroll(top: number): void {
    this.element.scrollTop = top;
    this.#top = this.element.scrollTop;
  }

  /** Gives each row the line that shows it already, and the others what is left, in the order of the rows. */
  #deal(first: number): void {
    const seqs = this.#lines.map((_, n) => this.#feed.item(first + n)?.seq ?? null);
    const showing = new Map(this.#lines.map((line) => [line.seq, line]));
    const left = new Set(this.#lines);
    const kept = seqs.map((seq) => {
      const line = seq === null ? undefined : showing.get(seq);
      return line && left.delete(line) ? line : undefined; // a row that is told twice has one line of its own
    });
    const spare = [...left];
    const dealt = kept.map((line) => line ?? (spare.shift() as Line));
    if (dealt.every((line, n) => line === this.#lines[n])) return;
    this.#lines = dealt;
    // They are met in their order: from that end where fewer have to be moved.
    const { children } = this.#sheet;
    const put = (n: number, before: Element | null) => {
      const { element } = dealt[n] as Line;
      if (children[n] !== element) this.#sheet.insertBefore(element, before);
    };
    if (kept[0]) for (let n = POOL - 1; n >= 0; n -= 1) put(n, children[n + 1] ?? null);
    else for (let n = 0; n < POOL; n += 1) put(n, children[n] ?? null);
  }

  /** Scrolls no more than is needed for this item to be seen. */
  reveal(index: number): void {
    const { scrollTop, clientHeight } = this.element;
    const top = index * ROW;
    if (top < scrollTop) this.#scroll(top);
    else if (top + ROW > scrollTop + clientHeight) this.#scroll(top + ROW - clientHeight);
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
  /** What it was last drawn as: of all that, only what differs is written. */
  #item: Item | undefined | null = null;
  #said = "";
  #total = 0;
  #chosen = false;
  #active = false;

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
    if ((index === null) !== this.element.hidden) this.element.hidden = index === null;
    if (index === null) {
      this.index = -1;
      this.seq = null;
      return null;
    }
    if (index !== this.index) {
      this.element.style.transform = `translateY(${index * ROW}px)`;
      this.element.setAttribute("aria-posinset", String(index + 1));
    }
    this.index = index;
    this.seq = item?.seq ?? null;
    if (total !== this.#total) this.element.setAttribute("aria-setsize", String(total));
    this.#total = total;
    if (around.active !== this.#active) this.element.toggleAttribute("data-active", around.active);
    this.#active = around.active;
    const chosen = this.seq !== null && around.selected.has(this.seq);
    if (chosen !== this.#chosen) this.element.setAttribute("aria-selected", String(chosen));
    this.#chosen = chosen;
    if (!same(this.#item, item)) this.#fill(item);
    if (!item || item.seq === null) return null;
    const { text, next } = age(item.at, around.now);
    this.#tell(text);
    return next;
  }

  #tell(said: string): void {
    if (said !== this.#said) write(this.#age, said);
    this.#said = said;
  }

  #fill(item: Item | undefined): void {
    this.#item = item;
    this.element.dataset.kind = item === undefined ? "loading" : item.seq === null ? "gap" : "row";
    if (item === undefined) this.#empty();
    else if (item.seq === null) this.#gap(item);
    else this.#row(item);
  }

  #empty(): void {
    delete this.element.dataset.seq;
    delete this.element.dataset.severity;
    this.element.setAttribute("aria-label", "…");
    this.element.setAttribute("aria-disabled", "true");
    this.#tell("");
    for (const each of [this.#type.text, this.#resource.text, this.#message.text]) write(each, "");
    this.#resource.place.hidden = true;
  }

  #row(row: Row): void {
    this.element.dataset.seq = String(row.seq);
    this.element.dataset.severity = row.severity;
    this.element.removeAttribute("aria-disabled");
    this.element.removeAttribute("aria-label");
    write(this.#severity, row.severity);
    this.#age.title = `${moment(row.at)} · row ${row.seq}`;
    write(this.#type.text, row.type);
    this.#type.place.title = row.type;
    write(this.#resource.text, row.resource);
    this.#resource.place.title = [row.kind, row.resource].filter(Boolean).join(" ");
    this.#resource.place.hidden = row.resource === "";
    const words = said(row);
    write(this.#message.text, words);
    this.#message.place.title = words;
  }

  #gap(hole: Gap): void {
    delete this.element.dataset.seq;
    delete this.element.dataset.severity;
    this.element.setAttribute("aria-disabled", "true");
    const { title, text } = gap(hole);
    write(this.#title, title);
    write(this.#text.text, text);
    this.#text.place.title = text;
    this.element.removeAttribute("aria-label");
  }
}

/** Whether two items say the same. */
function same(one: Item | undefined | null, other: Item | undefined): boolean {
  if (one === other) return true;
  if (!one || !other) return false;
  return Object.entries(other).every(([name, value]) => one[name as keyof Item] === value);
}
