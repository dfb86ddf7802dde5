// What a feed shows and why it stands still, apart from how it looks.
//
// The laws:
// - Rows stand below a mark. While there is a reason to stand still the mark stays, whatever arrives: what is new is
//   counted, never shown. Without one, the mark follows the kernel's news.
// - Some pages are here, the others are asked for when they come into sight. While the kernel does not answer,
//   severities, types and a search are applied to what is here, and it is said that it is not all.
// - What is typed is the kernel's to judge: until it has, the rows are those of the last filter that it could read.

import type { Clock } from "../clock";
import { CHUNK, Chunks } from "./chunks";
import { Questions, type Wish } from "./questions";
import { Timers } from "./timers";
import { type Facet, Wanted } from "./wanted";
import type { Ask, Bins, ClausesMessage, Item, Mark, Numbers, PageMessage } from "./wire";
import { REASONS, type Reason, type VerdictKind } from "./words";

const TYPING = 200; // ms after the last key until the kernel is asked
const SETTLING = 100; // ms between a change of mood and telling the kernel: a pointer that passes is no reason
const PATIENCE = 30; // ms until what is here is narrowed here; of a kernel that has not answered for so long, none
const LATE = 1000; // ms until it is said that the kernel is busy
const RENEW = 120_000; // ms after which the kernel is told that somebody still looks
const LOST = 15_000; // ms after which a question is taken for lost
const PICTURE = 1200; // ms until a picture is asked for that the news did not bring

const NONE: Numbers = { matched: 0, of: 0, kept: 0, severities: [] };

export class Feed {
  readonly view: string;
  /** What a person wants to see; changed by the feed alone. */
  readonly wanted = new Wanted();
  readonly #clock: Clock;
  readonly #send: (ask: Ask) => void;
  readonly #changed: () => void;
  readonly #accepted: (typed: string) => void;
  readonly #found: (index: number) => void;
  readonly #reasons = new Set<Reason>();
  readonly #chunks = new Chunks();
  readonly #questions: Questions;
  /** The question for other rows that is open: until it is answered, what comes of the old ones is not wanted. */
  #pending: { ask: number; at: number; typed: string } | null = null;
  /** The question by whose answer the kernel tells news. */
  #current: number | null = null;
  #mark: Mark | null = null;
  #total = 0;
  #numbers = NONE;
  #fresh = 0;
  #bins: Bins | null = null;
  #latest: PageMessage | null = null;
  #local: Item[] | null = null;
  #looking = false;
  /** The row whose place in the list is wanted. */
  #finding: number | null = null;
  readonly #timers: Timers;

  /** `accepted` is told each filter that the kernel could read, `found` where a row stands that was looked for. */
  constructor(
    view: string,
    clock: Clock,
    send: (ask: Ask) => void,
    changed: () => void,
    accepted: (typed: string) => void,
    found: (index: number) => void = () => {},
  ) {
    this.view = view;
    this.#clock = clock;
    this.#timers = new Timers(clock);
    this.#questions = new Questions(clock);
    this.#send = send;
    this.#changed = changed;
    this.#accepted = accepted;
    this.#found = found;
  }

  // -- what is shown

  get total(): number {
    return this.#local ? this.#local.length : this.#total;
  }

  /** An item, counted from the newest; undefined: it is not here yet. */
  item(index: number): Item | undefined {
    return this.#local ? this.#local[index] : this.#chunks.item(index);
  }

  get numbers(): Numbers {
    return this.#numbers;
  }

  get bins(): Bins | null {
    return this.#bins;
  }

  /** How many rows that fit have come since the list stands still. */
  get fresh(): number {
    return this.reason ? this.#fresh : 0;
  }

  /** Why it stands still; null: it does not. */
  get reason(): Reason | null {
    return REASONS.find((reason) => this.#reasons.has(reason)) ?? null;
  }

  get known(): boolean {
    return this.#mark !== null;
  }

  /** How far the look at what is typed is. */
  get judged(): VerdictKind {
    return this.wanted.judged(this.late);
  }

  /** How many rows the filter keeps out. */
  get refused(): number {
    const { kept, of } = this.#numbers;
    return this.wanted.refusedShown ? of : kept - of;
  }

  /** How many rows are looked through here because the kernel does not answer; null: it does. */
  get local(): { shown: number; loaded: number } | null {
    return this.#local && { shown: this.#local.length, loaded: this.#chunks.all.length };
  }

  /** Whether the kernel has not answered for so long that it is worth a word. */
  get late(): boolean {
    return (this.#questions.waited ?? 0) >= LATE;
  }

  // -- what a person does

  has(reason: Reason): boolean {
    return this.#reasons.has(reason);
  }

  hold(reason: Reason): void {
    if (this.#reasons.has(reason)) return;
    const first = this.#reasons.size === 0;
    this.#reasons.add(reason);
    if (first) {
      this.#fresh = 0;
      this.#timers.after("mood", SETTLING, () => this.#watch());
    }
    this.#changed();
  }

  release(reason: Reason): void {
    if (!this.#reasons.delete(reason)) return;
    if (this.#reasons.size === 0) {
      const latest = this.#latest;
      if (latest && this.#mark && latest.mark[0] > this.#mark[0] && latest.items.length) this.#renew(latest);
      this.#timers.after("mood", SETTLING, () => this.#watch());
    }
    this.#changed();
  }

  /** To the newest, whatever the reason was: but for the button and the kernel's end. */
  catchUp(): void {
    for (const reason of ["selection", "keys", "scroll", "hover", "button"] as const)
      this.#reasons.delete(reason);
    if (this.#latest && this.#mark && this.#latest.mark[0] > this.#mark[0]) this.#renew(this.#latest);
    this.#fresh = 0;
    this.#timers.stop("mood");
    this.#watch();
    this.#changed();
  }

  type(typed: string, atOnce = false): void {
    if (this.wanted.type(typed)) this.#typing(atOnce);
  }

  /** Take a clause out of the filter. */
  relax(text: string): void {
    if (this.wanted.relax(text)) this.#typing(true);
  }

  /** Back to what was typed before clauses were taken out; false: none were. */
  undo(): boolean {
    const done = this.wanted.undo();
    if (done) this.#typing(true);
    return done;
  }

  toggle(one: Facet): void {
    this.wanted.toggle(one);
    this.#ask();
    this.#changed();
  }

  /** What the filter keeps out, in place of what it lets through, or the other way. */
  toggleRefused(): void {
    this.wanted.refused = !this.wanted.refused;
    this.#ask();
    this.#changed();
  }

  #typing(atOnce: boolean): void {
    this.#timers.after("typing", atOnce ? 0 : TYPING, () => this.#ask());
    if (this.wanted.typed.startsWith("/")) this.#narrowSoon();
    else {
      this.#timers.stop("local");
      this.#local = null;
    }
    this.#changed();
  }

  /** The list shows these: what is not here is asked for. */
  want(from: number, to: number): void {
    if (this.#local || !this.#mark) return;
    const last = Math.floor(Math.min(to, this.#total - 1) / CHUNK);
    for (let chunk = Math.floor(Math.max(0, from) / CHUNK); chunk <= last; chunk += 1) {
      if (this.#chunks.has(chunk) || this.#questions.isOpen(chunk)) continue;
      this.#question(chunk, { mark: this.#mark });
    }
  }

  /** Where a row stands in the list: told once the kernel has said so, and never if it is not in the list. */
  find(seq: number): void {
    this.#finding = seq;
    this.#seek();
  }

  #seek(): void {
    const find = this.#finding;
    if (find === null || !this.#mark) return; // the rows are not here yet: then
    const newer = find > this.#mark[0];
    const ask = this.#question("watch", { mark: newer ? null : this.#mark, find, n: newer ? CHUNK : 0 });
    if (newer) this.#pending = { ask, at: this.#clock.now(), typed: this.wanted.applied };
  }

  row(seq: number): void {
    this.#send({ do: "row", view: this.view, seq, filter: this.wanted.applied });
  }

  /** Whether a person could see it. */
  look(seen: boolean): void {
    if (seen === this.#looking) return;
    this.#looking = seen;
    if (seen) this.#watch();
    else {
      this.#timers.stop("renew");
      this.#timers.stop("picture");
      this.#send({ do: "unwatch", view: this.view });
    }
  }

  stop(): void {
    if (this.#looking) this.#send({ do: "unwatch", view: this.view });
    this.#timers.stopAll();
  }

  // -- what the kernel says

  message(message: PageMessage | ClausesMessage): void {
    if (message.view !== this.view) return;
    if (message.feed === "clauses") this.wanted.explain(message);
    else if (message.feed === "news") this.#news(message);
    else this.#answer(message);
    this.#changed();
  }

  #news(news: PageMessage): void {
    if (this.#pending && this.#clock.now() - this.#pending.at > LOST) this.#pending = null;
    if (this.#pending || news.ask !== this.#current || !this.#mark) return;
    this.#count(news);
    if (news.live && this.reason) {
      // The kernel has not heard yet that nothing is to move: it may be busy.
      if (news.since >= this.#mark[0]) this.#fresh += news.fresh;
      this.#latest = news;
    } else if (news.live) this.#renew(news);
    else this.#fresh = news.fresh;
    if (news.bins) this.#timers.stop("picture");
    else if (!this.#timers.has("picture")) this.#timers.after("picture", PICTURE, () => this.#watch());
  }

  #answer(page: PageMessage): void {
    if (page.ask === null) return;
    const wish = this.#questions.answered(page.ask);
    if (this.#questions.waited === null) this.#timers.stop("late");
    const wanted = page.ask === this.#pending?.ask;
    const current = wanted && this.#pending?.typed === this.wanted.typed;
    if (wanted) this.#pending = null;
    // By what was asked last the kernel tells news from now on, whatever news of before came in between.
    const newest = this.#questions.isNewestWatch(page.ask);
    if (!wanted && !newest && (this.#pending || wish === undefined)) return;
    if (typeof wish === "number") {
      this.#chunks.keep(wish, page.items);
      this.#total = page.total;
      this.#count(page);
      return;
    }
    if (!this.#timers.has("typing")) {
      this.#local = null;
      this.#timers.stop("local");
    }
    if (current) this.wanted.judge(page);
    if (page.problem) return; // the kernel goes on telling what it told before
    this.#current = page.ask;
    if (wanted) this.wanted.refusedShown = this.wanted.refused;
    if (this.wanted.accept(page.typed)) this.#accepted(page.typed);
    this.#count(page);
    if (wanted || !this.#mark || !this.reason) this.#renew(page);
    else if (page.items.length === 0) this.#fresh = page.fresh;
    else this.#latest = page; // it was asked before there was a reason to stand still
    if (page.find === null) this.#seek();
    else if (page.find.seq === this.#finding) {
      this.#finding = null;
      if (page.find.at !== null) this.#found(page.find.at);
    }
  }

  /** The rows are these from now on. */
  #renew(page: PageMessage): void {
    this.#questions.close();
    this.#timers.stop("late");
    this.#mark = page.mark;
    this.#total = page.total;
    this.#fresh = page.fresh;
    if (page.feed === "news") this.#fresh = 0;
    this.#latest = null;
    this.#chunks.begin(page.items, page.total);
    if (this.#local) this.#local = this.wanted.narrow(this.#chunks.all); // what is typed is still looked for here
  }

  #count(message: PageMessage): void {
    const { matched, of, kept, severities, bins } = message;
    this.#numbers = { matched, of, kept, severities };
    if (bins) this.#bins = bins;
    if (message.types) this.wanted.counts = message.types;
  }

  // -- questions

  /** Other rows are wanted: a filter was typed, a severity chosen. */
  #ask(): void {
    this.#timers.stop("typing");
    const ask = this.#question("watch", { mark: null, picture: true, other: true });
    this.#pending = { ask, at: this.#clock.now(), typed: this.wanted.asking };
    this.#narrowSoon();
  }

  #narrowSoon(): void {
    const late = (this.#questions.waited ?? 0) >= PATIENCE;
    this.#timers.after("local", late ? 0 : PATIENCE, () => this.#narrow());
  }

  /** The kernel is told what is looked at and whether it moves. */
  #watch(): void {
    if (!this.#looking) return;
    const held = this.#mark !== null && this.reason !== null;
    this.#question("watch", { mark: held ? this.#mark : null, picture: true, n: held ? 0 : CHUNK });
    this.#timers.after("renew", RENEW, () => this.#watch());
  }

  /** Ask; returns the number of the question. */
  #question(
    wish: Wish,
    more: { mark: Mark | null; picture?: true; other?: true; n?: number; find?: number },
  ): number {
    const ask = this.#questions.ask(wish);
    const watching = wish === "watch";
    const { mark, picture, other, n = CHUNK, find } = more;
    const { wanted } = this;
    this.#send({
      do: "page",
      view: this.view,
      ask,
      filter: other ? wanted.asking : wanted.applied,
      severities: [...wanted.severities],
      types: wanted.types,
      ...((other ? wanted.refused : wanted.refusedShown) ? { refused: true } : {}),
      mark,
      at: watching ? 0 : wish * CHUNK,
      n,
      ...(watching && this.#looking ? { watch: this.reason ? "held" : "live" } : {}),
      ...(picture ? { picture } : {}),
      ...(find === undefined ? {} : { find }),
    });
    this.#timers.after("late", LATE, () => this.#changed());
    return ask;
  }

  /** The kernel does not answer: what is here is narrowed here. */
  #narrow(): void {
    this.#local = this.wanted.narrow(this.#chunks.all);
    this.#changed();
  }
}
