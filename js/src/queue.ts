// Which toasts are on the screen, which wait, which have had their time. No DOM; time is the injected clock's.
//
// The laws:
// - A toast is shown once. One that went by itself comes back only if the kernel adds to it (a higher `rev`); one that
//   a person dismissed stays away, unless it has become worse.
// - Time runs only while somebody can see and nobody is busy with a toast: each reason to stop it is a hold.
// - At most `limit` at once; of those that wait the worst goes first, then the oldest. Nothing vanishes uncounted.
// - Those that stay until they are dismissed do not keep all places: one of them has its turn, then waits again while
//   there is what has not been seen. However many errors nobody dismisses, what comes is seen.
// - What the kernel takes back goes at once: it is counted elsewhere, was dismissed elsewhere, or is no longer so.

import { type Cancel, type Clock, soonest } from "./clock";
import { SEVERITIES, type Severity, type ToastData } from "./traits";

/** Why time stands still: nobody can see the toasts, or somebody points at them or is in them with the keyboard. */
export type Hold = "away" | "hover" | "focus";

export interface Snapshot {
  /** On the screen, in order of appearance. */
  visible: readonly ToastData[];
  waiting: number;
  /** Never shown and no longer waiting, since the screen was last clear. */
  unshown: number;
  held: boolean;
}

type Fate = "waiting" | "visible" | "gone" | "dismissed";
interface Entry extends Remaining {
  toast: ToastData;
  fate: Fate;
  /** Whether the kernel's list still has it. */
  listed: boolean;
  /** It stays, and has had its turn: it makes room. */
  had?: boolean;
}
/** What is left of a time on the screen: `left` at the moment `since`, or at any moment while that is null. */
interface Remaining {
  left: number | null;
  since: number | null;
}

export const LIMIT = 4;
/** So many wait at most; it keeps what the kernel no longer lists, since a wait may be longer than a toast's time. */
export const WAITING = 20;
/** A toast that was held, or that the page began with, is not snatched away: it gets at least so many milliseconds. */
export const GRACE = 1500;
/** The turn of one that stays, where all places are taken by such ones. */
export const TURN = 8000;
/** How long "312 more not shown" stays once no toast is there to carry it. */
export const NOTE = 6000;
const REMEMBERED = 500; // ids whose fate is kept; far more than the kernel lists at once

const stays = ({ toast }: Entry): boolean => toast.duration === null;
const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);

export class ToastQueue {
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #limit: number;
  readonly #entries = new Map<number, Entry>();
  readonly #holds = new Set<Hold>(["away"]);
  #visible: Entry[] = [];
  #newest = -1;
  #more = 0; // as the kernel last said
  #known = 0; // of those that the kernel counts next, so many are here all the same
  #unshown = 0;
  #note: Remaining | null = null;
  #timer: Cancel | null = null;

  /** Told of what a person dismissed, and for how many events each stood then. */
  dismissed: (toasts: [id: number, count: number][]) => void = () => {};
  /** Whether a toast is not to be shown, as a person has said and the kernel may not know yet. */
  refuses: (toast: ToastData) => boolean = () => false;
  /** While somebody points at the toasts, or is in them, no more are shown than there is room for: asked only then. */
  room = (): number => 0;

  /** `changed` is called after every change of the snapshot. Time stands still until `release("away")`. */
  constructor(clock: Clock, changed: () => void, limit = LIMIT) {
    this.#clock = clock;
    this.#changed = changed;
    this.#limit = limit;
  }

  get snapshot(): Snapshot {
    return {
      visible: this.#visible.map((entry) => entry.toast),
      waiting: this.#with("waiting").length,
      unshown: this.#unshown,
      held: this.#holds.size > 0,
    };
  }

  /**
   * What the page begins with: toasts whose time has passed by the kernel's clock (`now`) had their showing before
   * the page was loaded, and so had those that the kernel counted but did not list.
   */
  begin(toasts: readonly ToastData[], more: number, now: number): void {
    for (const toast of toasts) {
      const { duration } = toast;
      const left = duration === null ? null : Math.min(duration, toast.at + duration - now);
      this.#admit(
        toast,
        left === null ? null : Math.max(left, GRACE),
        left !== null && left <= 0 ? "gone" : "waiting",
      );
    }
    this.#more = more;
    this.#settle();
  }

  /** The kernel's list, and how many it let go of before their time, as they are `now` (its clock). */
  sync(toasts: readonly ToastData[], more: number, now: number, withdrawn: readonly number[] = []): void {
    for (const id of withdrawn) this.#withdraw(id);
    for (const toast of toasts) {
      const entry = this.#entries.get(toast.id);
      if (entry) {
        entry.listed = true;
        this.#revise(entry, toast);
      } else if (toast.id > this.#newest) {
        this.#admit(toast, toast.duration, "waiting");
      }
    }
    this.#unlist(new Set(toasts.map((toast) => toast.id)), now);
    const grown = more < this.#more ? more : more - this.#more; // a smaller number is a new count
    const known = Math.min(grown, this.#known);
    this.#more = more;
    this.#known -= known;
    this.#lose(grown - known);
    for (const entry of this.#queued().slice(WAITING + this.#limit - this.#visible.length)) {
      entry.fate = "gone";
      this.#lose(1);
    }
    this.#settle();
  }

  dismiss(id: number): void {
    const entry = this.#entries.get(id);
    if (entry?.fate !== "visible") return;
    this.#dismiss([entry]);
    this.#settle();
  }

  /** Those that are, or wait to be, on the screen go, if `fits` is true of them. */
  drop(fits: (toast: ToastData) => boolean): void {
    const there = [...this.#visible, ...this.#with("waiting")];
    for (const entry of there) if (fits(entry.toast)) this.#retire(entry, "dismissed");
    this.#settle();
  }

  /** Everything away, what waits too. */
  dismissAll(): void {
    this.#dismiss([...this.#visible, ...this.#with("waiting")]);
    this.#unshown = 0;
    this.#settle();
  }

  hold(reason: Hold): void {
    if (this.#holds.has(reason)) return;
    if (this.#holds.size === 0) this.#freeze();
    this.#holds.add(reason);
    this.#settle();
  }

  release(reason: Hold): void {
    if (!this.#holds.delete(reason)) return;
    if (this.#holds.size === 0) {
      for (const one of this.#counting()) {
        if (one.left !== null) one.left = Math.max(one.left, GRACE);
      }
    }
    this.#settle();
  }

  stop(): void {
    this.#timer?.();
    this.#timer = null;
  }

  #with(fate: Fate): Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.fate === fate);
  }

  #dismiss(entries: Entry[]): void {
    for (const entry of entries) this.#retire(entry, "dismissed");
    if (entries.length) this.dismissed(entries.map(({ toast }) => [toast.id, toast.count]));
  }

  /** It is in no list any more, and in no count of those that were lost. */
  #withdraw(id: number): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.listed = false;
    if (entry.fate === "visible" || entry.fate === "waiting") this.#retire(entry, "dismissed");
  }

  #admit(toast: ToastData, left: number | null, wanted: Fate): void {
    const fate = this.refuses(toast) ? "dismissed" : wanted;
    this.#entries.set(toast.id, { toast, fate, left, since: null, listed: true });
    this.#newest = Math.max(this.#newest, toast.id);
  }

  #revise(entry: Entry, toast: ToastData): void {
    if (toast.rev <= entry.toast.rev) return;
    const worse = rank(toast.severity) > rank(entry.toast.severity);
    const turn = stays(entry);
    entry.toast = toast;
    if (!turn || !stays(entry)) {
      entry.left = toast.duration;
      entry.since = null; // started anew by #settle
    }
    if (entry.fate === "gone" || (entry.fate === "dismissed" && worse)) entry.fate = "waiting";
  }

  /** What has left the kernel's list before its time is in the kernel's count, though it has been seen here. */
  #unlist(listed: ReadonlySet<number>, now: number): void {
    for (const [id, entry] of this.#entries) {
      if (!entry.listed || listed.has(id)) continue;
      entry.listed = false;
      const { at, duration } = entry.toast;
      if (duration === null || at + duration > now) this.#known += 1;
    }
  }

  #lose(toasts: number): void {
    if (toasts === 0) return;
    this.#unshown += toasts;
    this.#note = null; // said anew, for its whole time
  }

  /** Those that wait: the worst first, then the oldest. */
  #queued(): Entry[] {
    return this.#with("waiting").sort(
      (a, b) => rank(b.toast.severity) - rank(a.toast.severity) || a.toast.id - b.toast.id,
    );
  }

  #retire(entry: Entry, fate: Fate): void {
    entry.fate = fate;
    this.#visible = this.#visible.filter((other) => other !== entry);
  }

  /** Everything whose time runs. */
  #counting(): Remaining[] {
    return this.#note ? [...this.#visible, this.#note] : this.#visible;
  }

  #freeze(): void {
    const now = this.#clock.now();
    for (const one of this.#counting()) {
      if (one.since !== null && one.left !== null) one.left -= now - one.since;
      one.since = null;
    }
  }

  /** Fills the free places, starts what should run, and tells. Every change ends here. */
  #settle(): void {
    const busy = this.#holds.has("hover") || this.#holds.has("focus");
    const most = busy ? Math.min(this.#limit, this.room()) : this.#limit;
    const full = () => this.#visible.length === this.#limit && this.#visible.every(stays);
    const unseen = () => this.#queued().find((entry) => !entry.had);
    const had = this.#visible.find((entry) => entry.had);
    if (had && !full())
      had.had = false; // there is room again: it keeps its place
    else if (had && this.#holds.size === 0 && unseen()) this.#retire(had, "waiting");
    while (this.#visible.length < most) {
      const next = unseen() ?? this.#queued()[0];
      if (!next) break;
      next.fate = "visible";
      this.#visible.push(next);
    }
    const last = this.#visible.at(-1);
    if (last && full() && !this.#visible.some(({ had, left }) => had || left !== null)) last.left = TURN;
    if (this.#visible.length > 0 || this.#unshown === 0) this.#note = null;
    else this.#note ??= { left: NOTE, since: null };
    this.#forget();
    this.#arm();
    this.#changed();
  }

  #forget(): void {
    let extra = this.#entries.size - REMEMBERED;
    for (const [id, entry] of this.#entries) {
      if (extra <= 0) break;
      if (entry.fate === "visible" || entry.fate === "waiting") continue;
      this.#entries.delete(id);
      extra -= 1;
    }
  }

  #arm(): void {
    this.stop();
    if (this.#holds.size > 0) return;
    const now = this.#clock.now();
    const due = this.#counting().map((one) => {
      if (one.left === null) return null;
      one.since ??= now;
      return one.since + one.left;
    });
    const next = soonest(...due);
    if (next !== null) this.#timer = this.#clock.after(next - now, () => this.#expire());
  }

  #expire(): void {
    const now = this.#clock.now();
    const over = ({ left, since }: Remaining): boolean =>
      left !== null && since !== null && since + left <= now;
    const noted = this.#note !== null && over(this.#note);
    for (const entry of this.#visible.filter(over)) {
      if (stays(entry)) {
        entry.had = true;
        entry.left = null;
      } else this.#retire(entry, "gone");
    }
    if (noted) this.#unshown = 0;
    this.#settle();
  }
}
