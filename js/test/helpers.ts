// What the tests stand on: a clock turned by hand, a model without a kernel, a widget in a page.

import type { Cancel, Clock } from "../src/clock";
import { Session } from "../src/session";
import type { Model, Request, Status, ToastData } from "../src/traits";
import { mount } from "../src/view";

export const T0 = Date.UTC(2026, 0, 2, 14, 6, 31);

/** Time stands still until `pass`; what falls due in between is called in its order. */
export class HandClock implements Clock {
  #now = T0;
  #timers: { at: number; fn: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): Cancel {
    const timer = { at: this.#now + ms, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.fn();
    }
    this.#now = end;
  }

  /** How many timers run. */
  get pending(): number {
    return this.#timers.length;
  }
}

export class FakeModel implements Model {
  readonly sent: Request[] = [];
  readonly #state: Record<string, unknown>;
  readonly #listeners: { event: string; fn: (content?: unknown) => void }[] = [];

  constructor(state: Record<string, unknown> = {}) {
    this.#state = { status: status(), toasts: [], more: 0, ...state };
  }

  get(name: string): unknown {
    return this.#state[name];
  }

  on(event: string, fn: (content?: unknown) => void): void {
    this.#listeners.push({ event, fn });
  }

  off(event: string, fn: (content?: unknown) => void): void {
    const at = this.#listeners.findIndex((other) => other.event === event && other.fn === fn);
    if (at >= 0) this.#listeners.splice(at, 1);
  }

  send(content: Request): void {
    this.sent.push(content);
  }

  /** The kernel has set traits; each change is told on its own, as ipywidgets does. */
  change(traits: Record<string, unknown>): void {
    Object.assign(this.#state, traits);
    for (const name of Object.keys(traits)) this.tell(`change:${name}`);
  }

  tell(event: string, content?: unknown): void {
    for (const one of [...this.#listeners]) if (one.event === event) one.fn(content);
  }

  get listening(): number {
    return this.#listeners.length;
  }
}

export function status(more: Partial<Status> = {}): Status {
  return {
    state: "open",
    name: "demo",
    since: T0 - 60_000,
    attempt: 0,
    attempts: 10,
    next_retry_at: null,
    last_event_at: T0 - 2_000,
    last_byte_at: T0 - 2_000,
    count: 1256,
    cause: "",
    now: T0,
    ...more,
  };
}

export function toast(id: number, more: Partial<ToastData> = {}): ToastData {
  return {
    id,
    rev: 0,
    severity: "info",
    title: `t${id}`,
    text: "",
    count: 1,
    at: T0,
    duration: 5_000,
    seq: null,
    type: "",
    resource: "",
    actions: [],
    ...more,
  };
}

export const toasts = (...ids: number[]): ToastData[] => ids.map((id) => toast(id));

/** A widget of one model, with as many views as asked for; `end()` is the model's end. */
export class Page {
  readonly clock: HandClock;
  readonly model: FakeModel;
  readonly session: Session;
  readonly #life = new AbortController();

  constructor(state: Record<string, unknown> = {}, clock = new HandClock()) {
    this.clock = clock;
    this.model = new FakeModel(state);
    this.session = new Session(this.model, this.#life.signal, clock);
  }

  /** Shows it once more, in an element that has the class `name`. */
  view(name = ""): View {
    return new View(this.session, this.#life.signal, name);
  }

  end(): void {
    this.#life.abort();
  }
}

export class View {
  readonly el = document.createElement("div");
  readonly #life = new AbortController();

  constructor(session: Session, signal: AbortSignal, name: string) {
    this.el.className = name;
    document.body.append(this.el);
    mount(session, this.el, AbortSignal.any([signal, this.#life.signal]));
  }

  get root(): ShadowRoot {
    const root = this.el.firstElementChild?.shadowRoot;
    if (!root) throw new Error("nothing is shown");
    return root;
  }

  part(name: string): HTMLElement {
    const found = this.root.querySelector<HTMLElement>(`[data-part="${name}"]`);
    if (!found) throw new Error(`no ${name}`);
    return found;
  }

  text(name: string): string {
    return this.part(name).textContent ?? "";
  }

  /** The cards on the screen, without those that are leaving. */
  get cards(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>('[data-phase="open"] [data-part="toast"]')];
  }

  get ids(): number[] {
    return this.cards.map((card) => Number(card.dataset.toastId));
  }

  card(id: number): HTMLElement {
    const found = this.cards.find((card) => card.dataset.toastId === String(id));
    if (!found) throw new Error(`no toast ${id}`);
    return found;
  }

  close(id: number): HTMLButtonElement {
    const found = this.card(id).querySelector<HTMLButtonElement>('[data-part="close"]');
    if (!found) throw new Error(`toast ${id} can't be closed`);
    return found;
  }

  end(): void {
    this.#life.abort();
  }
}

/** Stands in for the browser's observer: the test says what is on the screen. */
export class FakeObserver {
  static all: FakeObserver[] = [];
  #target: Element | null = null;
  readonly #fn: IntersectionObserverCallback;

  constructor(fn: IntersectionObserverCallback) {
    this.#fn = fn;
    FakeObserver.all.push(this);
  }

  observe(target: Element): void {
    this.#target = target;
  }

  disconnect(): void {
    FakeObserver.all = FakeObserver.all.filter((other) => other !== this);
  }

  static scroll(view: View, onScreen: boolean): void {
    for (const one of FakeObserver.all) {
      if (one.#target?.parentElement !== view.el) continue;
      const entry = { isIntersecting: onScreen } as IntersectionObserverEntry;
      one.#fn([entry], one as unknown as IntersectionObserver);
    }
  }
}
