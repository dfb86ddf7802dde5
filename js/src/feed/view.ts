// One view of a feed: a shadow root with the tools, the list, the drawer and the foot, alive until its signal aborts.

import { type Clock, KernelTime, Ticker } from "../clock";
import { h, write } from "../dom";
import { followTheme, hasNoKernel, keepKeys, Sight } from "../surroundings";
import tokens from "../tokens.css";
import { Drawer } from "./drawer";
import { ClauseRow, Types } from "./facets";
import { Feed } from "./feed";
import css from "./feed.css";
import { Histogram } from "./histogram";
import { List, type Picked } from "./list";
import { Tools } from "./tools";
import { type FeedModel, readMessage, readSelected } from "./wire";
import * as words from "./words";

export interface Mounted {
  model: FeedModel;
  el: HTMLElement;
  signal: AbortSignal;
  clock: Clock;
  /** Whether the kernel is known to be gone. */
  gone?: boolean;
}

let views = 0;

/** Shows a feed; what is returned can show one row of it, and all of that. */
export function mount(mounted: Mounted): { show(seq: number): void } | undefined {
  return mounted.signal.aborted ? undefined : new FeedView(mounted);
}

class FeedView {
  readonly #model: FeedModel;
  /** Ages are counted by the kernel's clock, as the bar's are. */
  readonly #time: KernelTime;
  readonly #feed: Feed;
  readonly #tools: Tools;
  readonly #clauses: ClauseRow;
  readonly #types: Types;
  readonly #histogram = new Histogram();
  readonly #list: List;
  readonly #drawer: Drawer;
  readonly #ticker: Ticker;
  readonly #pill = h("button", { type: "button", class: "pill", "data-part": "pill" });
  readonly #empty = h("div", { class: "empty", "data-part": "empty" }, h("b"), h("span"));
  readonly #pause = h("button", { type: "button", class: "link", "data-part": "pause" });
  readonly #why = h("span", { class: "standing", role: "status", "data-part": "standing" });
  readonly #tally = h("span", { class: "tally", "data-part": "tally" });
  #selected = new Set<number>();
  #active: number | null = null;

  constructor({ model, el, signal, clock, gone = false }: Mounted) {
    this.#model = model;
    this.#time = new KernelTime(clock);
    views += 1;
    const id = `${clock.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}-${views}`;
    this.#feed = new Feed(
      id,
      clock,
      (ask) => {
        try {
          model.send(ask);
        } catch {
          // The comm is closed, as when its notebook is: there is nobody to ask, and this may be our end.
        }
      },
      () => this.#ticker.redraw(),
      (typed) => {
        this.#store("filter", typed);
        if (this.#drawer.seq !== null) this.#feed.row(this.#drawer.seq); // what stops it may be another
      },
      (index) => {
        this.#active = index;
        this.#ticker.redraw(); // then there is a list to scroll in
        this.#list.reveal(index);
        this.#list.element.scrollIntoView?.({ block: "nearest" });
      },
    );
    this.#tools = new Tools({
      type: (typed, atOnce) => {
        this.#active = null;
        this.#feed.release("keys");
        this.#feed.type(typed, atOnce);
      },
      toggle: (severity) => this.#feed.toggle(severity),
      undo: () => this.#undo(),
    });
    this.#clauses = new ClauseRow({
      relax: (clause) => this.#relax(clause),
      undo: () => {
        this.#undo();
        this.#tools.focus();
      },
      refused: () => {
        this.#active = null;
        this.#list.toTop();
        this.#feed.toggleRefused();
      },
    });
    this.#types = new Types((type) => this.#feed.toggle({ type }));
    this.#list = new List(this.#feed, {
      hover: (on) => this.#hold("hover", on),
      scrolled: (away) => {
        this.#hold("scroll", away);
        this.#ticker.redraw();
      },
      pick: (row, add) => this.#pick(row, add),
    });
    this.#drawer = new Drawer(
      clock,
      () => this.#shut(),
      (clause) => this.#relax(clause),
    );
    this.#ticker = new Ticker(clock, () => this.#draw());
    this.#pill.addEventListener("click", () => {
      this.#letGo();
      this.#list.toTop();
      this.#feed.catchUp();
      this.#list.element.focus({ preventScroll: true });
    });
    this.#pause.addEventListener("click", () => this.#togglePause());

    const strip = h("div", { class: "strip" }, this.#histogram.from, this.#pill, this.#histogram.to);
    const body = h("div", { class: "body" }, this.#list.element, this.#empty);
    const card = h(
      "div",
      { class: "card", role: "group", "aria-label": words.FEED, "data-part": "feed" },
      this.#tools.element,
      this.#tools.verdict,
      this.#clauses.element,
      this.#types.element,
      this.#histogram.element,
      strip,
      body,
      this.#drawer.element,
      h("div", { class: "foot" }, this.#pause, this.#why, h("span", { class: "grow" }), this.#tally),
    );
    const root = h("div", { class: "root" }, card);
    const host = h("div", { class: "sse-notebook" });
    host.attachShadow({ mode: "open" }).append(h("style", {}, tokens + css), root);
    el.append(host);
    card.addEventListener("keydown", (event) => this.#key(event));

    const sight = new Sight(host, signal);
    keepKeys(host, signal);
    followTheme(root, signal);
    const look = () => {
      this.#ticker.awake = sight.seen;
      this.#feed.look(sight.seen);
    };
    sight.onChange(look);
    this.#listen("msg:custom", signal, (content) => this.#told(content));
    this.#listen("change:filter", signal, () => this.#typed());
    this.#listen("change:selected", signal, () => this.#chosen());
    this.#listen("comm_live_update", signal, () => {
      this.#feed.hold("gone");
      this.#drawer.lost();
    });
    this.#typed();
    this.#chosen();
    if (gone || hasNoKernel(el)) this.#feed.hold("gone");
    look();
    this.#ticker.redraw();
    signal.addEventListener(
      "abort",
      () => {
        this.#ticker.stop();
        this.#feed.stop();
        this.#drawer.stop();
        host.remove();
      },
      { once: true },
    );
  }

  show(seq: number): void {
    this.#select(new Set([seq]));
    this.#show(seq);
    this.#feed.find(seq);
  }

  #draw(): number | null {
    const feed = this.#feed;
    const now = this.#time.now();
    const { matched, of, kept, severities } = feed.numbers;
    this.#tools.draw(feed.wanted.verdict, feed.judged, (severity) => feed.wanted.isOn(severity), severities);
    this.#clauses.draw(feed, this.#drawer.stopped);
    this.#types.draw(feed);
    this.#histogram.draw(feed.bins, now);
    const next = this.#list.draw(now, this.#selected, this.#active);
    this.#pill.hidden = feed.fresh === 0;
    write(this.#pill, words.fresh(feed.fresh));
    this.#empty.hidden = feed.total > 0 || !feed.known;
    const [title, hint] = this.#empty.children;
    const nothing = feed.wanted.refusedShown ? words.NOTHING_REFUSED : words.NOTHING_FITS;
    if (title) write(title, feed.wanted.narrowed ? nothing : words.NOTHING);
    if (hint) write(hint, feed.wanted.narrowed ? "" : words.NOTHING_HINT);
    const byHand = feed.has("button");
    write(this.#pause, byHand ? words.RESUME : words.PAUSE);
    this.#pause.hidden = feed.has("gone");
    write(this.#why, this.#standing());
    this.#why.toggleAttribute("data-live", feed.known && !feed.reason && !feed.late && !feed.local);
    const tally = feed.wanted.refusedShown ? words.tallyRefused : words.tally;
    write(this.#tally, feed.known ? tally(matched, of, kept) : "");
    return next;
  }

  #standing(): string {
    const { reason, local, late, known } = this.#feed;
    if (reason === "gone") return words.STANDING.gone;
    const busy = local ? words.local(local.shown, local.loaded, late) : late ? words.WAITING : "";
    if (busy) return reason === "button" ? `${words.STANDING.button} · ${busy}` : busy;
    if (reason) return words.STANDING[reason];
    if (!known) return words.LOADING;
    return this.#feed.wanted.refusedShown ? words.SHOWING_REFUSED : words.LIVE;
  }

  #hold(reason: words.Reason, on: boolean): void {
    if (on) this.#feed.hold(reason);
    else this.#feed.release(reason);
  }

  #togglePause(): void {
    this.#hold("button", !this.#feed.has("button"));
  }

  // -- the keyboard

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      this.#escape();
      event.preventDefault();
      return;
    }
    const from = event.composedPath()[0];
    if (from !== this.#list.element) return; // letters are for the list; elsewhere they are text, or a button's
    const last = this.#feed.total - 1;
    const at = this.#active;
    const steps: Record<string, () => void> = {
      j: () => this.#move(at === null ? this.#first() : at + 1),
      k: () => this.#move(at === null ? this.#first() : at - 1),
      PageDown: () => this.#move((at ?? 0) + this.#list.page),
      PageUp: () => this.#move((at ?? 0) - this.#list.page),
      Home: () => this.#move(0),
      End: () => this.#move(last),
      Enter: () => this.#enter(),
      " ": () => this.#enter(true),
      p: () => this.#togglePause(),
      "/": () => this.#tools.focus(),
    };
    const name = { ArrowDown: "j", ArrowUp: "k" }[event.key] ?? event.key;
    const step = steps[name];
    if (!step) return;
    event.preventDefault();
    step();
  }

  /** Where the keys begin: at the first row that is seen. */
  #first(): number {
    return Math.ceil(this.#list.element.scrollTop / 30);
  }

  #move(to: number): void {
    if (this.#feed.total === 0) return;
    this.#active = Math.max(0, Math.min(to, this.#feed.total - 1));
    this.#feed.hold("keys");
    this.#list.reveal(this.#active);
    const item = this.#feed.item(this.#active);
    if (this.#drawer.seq !== null && item && item.seq !== null) this.#show(item.seq);
    this.#ticker.redraw();
  }

  #enter(add = false): void {
    const item = this.#active === null ? undefined : this.#feed.item(this.#active);
    if (this.#active === null || !item || item.seq === null) return;
    this.#pick({ seq: item.seq, index: this.#active }, add);
  }

  #escape(): void {
    if (this.#drawer.seq !== null) this.#shut();
    else this.#letGo();
  }

  // -- selection

  #pick({ seq, index }: Picked, add: boolean): void {
    this.#active = index;
    if (!add) {
      this.#select(new Set([seq]));
      this.#show(seq);
      return;
    }
    const selected = new Set(this.#selected);
    if (!selected.delete(seq)) selected.add(seq);
    this.#select(selected);
  }

  #select(selected: Set<number>): void {
    this.#selected = selected;
    this.#hold("selection", selected.size > 0);
    this.#store("selected", [...selected]);
    this.#ticker.redraw();
  }

  #letGo(): void {
    this.#active = null;
    this.#drawer.shut();
    if (this.#selected.size > 0) this.#select(new Set());
    this.#feed.release("keys");
    this.#feed.release("selection");
    this.#ticker.redraw();
  }

  #show(seq: number): void {
    if (this.#drawer.seq === seq) return;
    this.#drawer.open(seq);
    if (this.#feed.has("gone")) this.#drawer.lost();
    else this.#feed.row(seq);
  }

  #shut(): void {
    this.#drawer.shut();
    this.#list.element.focus({ preventScroll: true });
    this.#ticker.redraw();
  }

  // -- the filter

  #relax(clause: string): void {
    this.#feed.relax(clause);
    this.#tools.set(this.#feed.wanted.typed);
  }

  /** Back to the filter before clauses were taken out; false: none were. */
  #undo(): boolean {
    if (!this.#feed.undo()) return false;
    this.#tools.set(this.#feed.wanted.typed);
    return true;
  }

  // -- the model

  #told(content: unknown): void {
    const message = readMessage(content);
    if (!message || message.view !== this.#feed.view) return;
    if (message.feed === "row") {
      this.#drawer.show(message.seq, message.row, message.stopped);
      this.#ticker.redraw();
    } else {
      if (message.feed !== "clauses" && message.now) this.#time.live(message.now);
      this.#feed.message(message);
    }
  }

  #typed(): void {
    const typed = this.#model.get("filter");
    if (typeof typed !== "string" || typed === this.#feed.wanted.applied || typed === this.#feed.wanted.typed)
      return;
    this.#tools.set(typed);
    this.#feed.type(typed, true);
  }

  #chosen(): void {
    const selected = new Set(readSelected(this.#model.get("selected")));
    if (selected.size === this.#selected.size && [...selected].every((seq) => this.#selected.has(seq)))
      return;
    this.#selected = selected;
    this.#hold("selection", selected.size > 0);
    this.#ticker?.redraw();
  }

  #store(name: "filter" | "selected", value: unknown): void {
    this.#model.set(name, value);
    this.#model.save_changes();
  }

  #listen(event: string, signal: AbortSignal, fn: (content?: unknown) => void): void {
    this.#model.on(event, fn);
    signal.addEventListener("abort", () => this.#model.off(event, fn), { once: true });
  }
}
