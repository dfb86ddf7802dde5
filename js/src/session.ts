// What one model is, whichever number of views show it: its status, and its toasts, which the whole crowd shares.

import { type Clock, KernelTime } from "./clock";
import { Crowd, type Feeder } from "./crowd";
import { onAbort } from "./dom";
import { Loader } from "./loader";
import {
  type Model,
  type Part,
  type Request,
  readActed,
  readIds,
  readKey,
  readMore,
  readMutes,
  readPart,
  readStatus,
  readToasts,
  type Status,
} from "./traits";

export class Session implements Feeder {
  readonly clock: Clock;
  readonly time: KernelTime;
  readonly crowd: Crowd;
  readonly loader: Loader;
  readonly model: Model;
  readonly part: Part;
  #status: Status;
  #gone = false;

  constructor(model: Model, signal: AbortSignal, clock: Clock) {
    this.model = model;
    this.loader = new Loader(model);
    this.clock = clock;
    this.time = new KernelTime(clock);
    this.part = readPart(model.get("part"));
    this.#status = readStatus(model.get("status"));
    if (this.#status.now !== null) this.time.stored(this.#status.now);
    this.crowd = Crowd.of(readKey(model.get("stream")), clock);
    this.crowd.enter(this, signal);
    if (this.crowd.isLed(this)) {
      const toasts = readToasts(model.get("toasts"));
      this.crowd.queue.begin(toasts, readMore(model.get("more")), this.time.now());
      this.#take();
    }
    this.#listen("change:status", signal, () => {
      this.#gone = false; // whoever sends is there
      this.#status = readStatus(model.get("status"));
      if (this.#status.now !== null) this.time.live(this.#status.now);
      if (this.#status.state === "open") this.crowd.hushed = false;
      this.crowd.tell();
    });
    // Told by ipywidgets, in Jupyter, when the kernel was restarted or died: what is shown is of the past.
    this.#listen("comm_live_update", signal, () => this.lose());
    for (const name of ["toasts", "more", "withdrawn", "mutes"])
      this.#listen(`change:${name}`, signal, () => this.crowd.isLed(this) && this.#hand());
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
    this.crowd.tell();
  }

  lead(): void {
    this.#take();
    this.#hand();
  }

  send(request: Request): void {
    try {
      this.model.send(request);
    } catch {
      // The comm is closed: the kernel has gone. What was asked is done here, as far as it can be.
    }
  }

  /** Here at once; in the kernel as soon as it is free. */
  mute(type: string, resource: string, seconds: number): void {
    this.crowd.mute(type, resource, this.time.now() + seconds * 1000);
    this.send({ do: "mute", type: type || null, resource: resource || null, seconds });
  }

  unmute(type: string, resource: string): void {
    this.crowd.unmute(type, resource);
    this.send({ do: "unmute", type: type || null, resource: resource || null });
  }

  /** Calls `fn` with what became of a button of the user's own. */
  onActed(fn: (toast: number, label: string, done: boolean) => void, signal: AbortSignal): void {
    this.#listen("msg:custom", signal, (content) => {
      const acted = readActed(content);
      if (acted) fn(acted.toast, acted.label, acted.done);
    });
  }

  /** What is dismissed is told to the kernel by this model. */
  #take(): void {
    this.crowd.queue.dismissed = (toasts) => this.send({ do: "dismiss", toasts });
    this.crowd.muted = readMutes(this.model.get("mutes"));
  }

  #hand(): void {
    const { model } = this;
    this.crowd.muted = readMutes(model.get("mutes"));
    this.crowd.queue.sync(
      readToasts(model.get("toasts")),
      readMore(model.get("more")),
      this.time.now(),
      readIds(model.get("withdrawn")),
    );
  }

  #listen(event: string, signal: AbortSignal, fn: (content?: unknown) => void): void {
    this.model.on(event, fn);
    onAbort(signal, () => this.model.off(event, fn));
  }
}
