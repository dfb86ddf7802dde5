// What one model is, whichever number of views show it: its status, its toasts, and which view presents them.

import { type Clock, KernelTime } from "./clock";
import { Loader } from "./loader";
import { ToastQueue } from "./queue";
import { type Model, type Request, readMore, readStatus, readToasts, type Status } from "./traits";

/** A view, as far as the session cares. */
export interface Member {
  /** Whether a person could see it now. */
  readonly seen: boolean;
  /** The status has changed, or the kernel has gone. */
  status(): void;
  /** The toasts have changed, or the right to show them has come or gone. */
  toasts(): void;
}

export class Session {
  readonly clock: Clock;
  readonly time: KernelTime;
  readonly queue: ToastQueue;
  readonly loader: Loader;
  readonly model: Model;
  readonly #members = new Set<Member>();
  #status: Status;
  #presenter: Member | null = null;
  #gone = false;

  constructor(model: Model, signal: AbortSignal, clock: Clock) {
    this.model = model;
    this.loader = new Loader(model);
    this.clock = clock;
    this.time = new KernelTime(clock);
    this.queue = new ToastQueue(clock, () => this.#presenter?.toasts());
    this.#status = readStatus(model.get("status"));
    if (this.#status.now !== null) this.time.stored(this.#status.now);
    this.queue.begin(readToasts(model.get("toasts")), readMore(model.get("more")), this.time.now());
    this.#listen("change:status", signal, () => {
      this.#gone = false; // whoever sends is there
      this.#status = readStatus(model.get("status"));
      if (this.#status.now !== null) this.time.live(this.#status.now);
      this.#tell();
    });
    // Told by ipywidgets, in Jupyter, when the kernel was restarted or died: what is shown is of the past.
    this.#listen("comm_live_update", signal, () => this.lose());
    const toasts = () => {
      this.queue.sync(readToasts(model.get("toasts")), readMore(model.get("more")), this.time.now());
    };
    this.#listen("change:toasts", signal, toasts);
    this.#listen("change:more", signal, toasts);
    signal.addEventListener("abort", () => this.queue.stop(), { once: true });
  }

  get status(): Status {
    return this.#status;
  }

  /** Whether the kernel is known to be gone. It may be gone without that. */
  get gone(): boolean {
    return this.#gone;
  }

  /** The kernel is gone, as far as the page knows. */
  lose(): void {
    this.#gone = true;
    this.#tell();
  }

  /** Whether this view is the one that shows the toasts. */
  presents(member: Member): boolean {
    return this.#presenter === member;
  }

  join(member: Member, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#members.add(member);
    this.elect();
    signal.addEventListener(
      "abort",
      () => {
        this.#members.delete(member);
        this.elect();
      },
      { once: true },
    );
  }

  /** Who presents: whoever does, as long as it is seen; else the first that is seen; else nobody new. */
  elect(): void {
    const before = this.#presenter;
    const present = before !== null && this.#members.has(before) ? before : null;
    const first = [...this.#members].find((member) => member.seen);
    this.#presenter = present?.seen ? present : (first ?? present ?? [...this.#members][0] ?? null);
    if (this.#presenter !== before) {
      // What the pointer and the keyboard did in the other view is over.
      this.queue.release("hover");
      this.queue.release("focus");
      before?.toasts();
      this.#presenter?.toasts();
    }
    if (this.#presenter?.seen) this.queue.release("away");
    else this.queue.hold("away");
  }

  send(request: Request): void {
    this.model.send(request);
  }

  #tell(): void {
    for (const member of this.#members) member.status();
  }

  #listen(event: string, signal: AbortSignal, fn: () => void): void {
    this.model.on(event, fn);
    signal.addEventListener("abort", () => this.model.off(event, fn), { once: true });
  }
}
