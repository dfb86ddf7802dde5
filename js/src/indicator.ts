// The one-line bar: a state as shape, word and colour, what is known about it, and the way out.

import { type Clock, soonest } from "./clock";
import { button, h, slot, write } from "./dom";
import { chevronGlyph, crossGlyph, stateGlyph } from "./glyphs";
import type { Request, Status } from "./traits";
import {
  ACTION,
  ALARM,
  brief,
  detail,
  events,
  HUSH,
  LOGIN,
  label,
  type Shown,
  TIMELINE,
  WAITING_FOR_KERNEL,
  word,
} from "./words";

/** A drop that is over before so many milliseconds have passed is no alarm: neither a colour, nor read out. */
export const GRACE = 1000;

/** The kernel answers at once, or it is busy with a cell: after so many milliseconds the bar says which. */
const PATIENCE = 1500;
/** After so many the question may have been lost, and may be asked again. */
const GIVE_UP = 10_000;

/** What the bar asks of its view. */
export interface Doing {
  send(request: Request): void;
  /** It has to be drawn again: a button was pressed. */
  changed(): void;
  /** The alarm was dismissed. */
  hush(): void;
  /** The timeline is wanted, or not any more; returns whether it is open now. */
  unfold(): boolean;
}

export class Indicator {
  readonly element: HTMLElement;
  readonly #clock: Clock;
  readonly #doing: Doing;
  readonly #compact: boolean;
  readonly #word = h("bdi", { "data-part": "word" });
  readonly #sign = h("span", { class: "sign" });
  readonly #state = button(
    "state",
    "state",
    this.#sign,
    () => {
      this.#open = this.#doing.unfold();
      this.#state.setAttribute("aria-expanded", String(this.#open));
    },
    { title: TIMELINE, "aria-expanded": "false" },
  );
  readonly #hush = button(
    "close",
    "hush",
    crossGlyph(),
    () => {
      if (this.#hush.matches(":focus-visible")) this.#state.focus();
      this.#doing.hush();
    },
    { "aria-label": HUSH, title: HUSH },
  );
  readonly #name = slot("name", "name");
  readonly #text = h("bdi", {});
  readonly #code = h("code", {}, LOGIN);
  readonly #detail = h("span", { class: "detail", "data-part": "detail" }, this.#text, this.#code);
  readonly #level = h("i");
  readonly #meter = h("span", { class: "meter", "data-part": "meter", "aria-hidden": "true" }, this.#level);
  readonly #count = slot("count", "count");
  readonly #button = button("button", "action", "", () => this.#press());
  #shown: Shown | null = null;
  #open = false;
  /** Since when it is not open, by the kernel's clock; null: it is, or rests. */
  #fell: number | null = null;
  #status: Status | null = null;
  /** What was asked of the kernel, and the state it was asked in. */
  #asked: { at: number; status: Status } | null = null;

  /** `more` stands before the button. */
  constructor(clock: Clock, compact: boolean, doing: Doing, ...more: HTMLElement[]) {
    this.#clock = clock;
    this.#compact = compact;
    this.#doing = doing;
    this.element = h(
      "div",
      { class: "bar", role: "group", "data-part": "indicator" },
      this.#state,
      this.#name.place,
      this.#detail,
      this.#meter,
      this.#count.place,
      ...more,
      this.#button,
      this.#hush,
    );
    this.#hush.hidden = true;
    this.#state.append(this.#word, chevronGlyph());
  }

  /** Draws `status` as it is at `now` (the kernel's clock); returns the milliseconds until that is out of date. */
  draw(status: Status, gone: boolean, now: number, hushed: boolean): number | null {
    const shown = gone ? "gone" : status.state;
    const grace = this.#alarm(shown, status, now, hushed);
    const waited = this.#waited(status);
    const late = waited !== null && waited >= PATIENCE;
    if (shown !== this.#shown) this.#change(shown);

    const title = word(shown, status, now);
    const tell = this.#compact ? brief : detail;
    const said = late ? { text: WAITING_FOR_KERNEL, next: null } : tell(shown, status, now);
    write(this.#word, title.text);
    write(this.#name.text, status.name);
    this.#name.place.hidden = status.name === "";
    write(this.#text, said.text);
    write(this.#count.text, events(status.count));
    this.#code.hidden = late || this.#compact || (shown !== "unauthenticated" && shown !== "unauthorized");
    this.#detail.title = said.text;
    this.element.setAttribute("aria-label", label(status.name));
    this.#button.toggleAttribute("data-asked", waited !== null);
    this.#button.setAttribute("aria-disabled", String(waited !== null));
    this.#state.disabled = gone && !this.#open; // there is nobody to ask
    this.#drawMeter(shown, status, now);

    const patience = waited === null ? null : (late ? GIVE_UP : PATIENCE) - waited;
    return soonest(title.next, said.next, patience, grace);
  }

  /** Puts the keyboard where it can go on. */
  focus(): void {
    this.#button.focus();
  }

  /** The alarm, if it is time for it; returns the milliseconds until it is. */
  #alarm(shown: Shown, status: Status, now: number, hushed: boolean): number | null {
    if (shown === "connecting") return null; // between two attempts nothing has changed; at first nothing is wrong
    const alarming = ALARM.has(shown);
    if (!alarming) this.#fell = null;
    else this.#fell ??= this.#shown === null ? Math.min(now, status.since ?? now) : now;
    const left = this.#fell === null ? 0 : this.#fell + GRACE - now;
    this.element.toggleAttribute("data-grace", alarming && left > 0);
    this.element.toggleAttribute("data-alarm", alarming && left <= 0 && !hushed);
    this.#hush.hidden = !alarming || left > 0 || hushed || this.#compact;
    return alarming && left > 0 ? left : null;
  }

  #change(shown: Shown): void {
    this.#shown = shown;
    this.element.dataset.state = shown;
    this.#sign.replaceChildren(stateGlyph(shown));
    const action = ACTION[shown];
    this.#button.hidden = action === undefined || (this.#compact && action.quiet === true);
    this.#button.classList.toggle("quiet", action?.quiet ?? false);
    if (!action) return;
    write(this.#button, action.label);
    this.#button.title = action.title;
  }

  #drawMeter(shown: Shown, { since, next_retry_at: due }: Status, now: number): void {
    const whole = since !== null && due !== null ? due - since : 0;
    this.#meter.hidden = shown !== "retrying" || whole <= 0;
    if (this.#meter.hidden || since === null) return;
    this.#level.style.transform = `scaleX(${Math.min(1, Math.max(0, (now - since) / whole)).toFixed(3)})`;
  }

  #press(): void {
    const action = this.#shown && ACTION[this.#shown];
    if (!action || this.#asked || !this.#status) return;
    this.#asked = { at: this.#clock.now(), status: this.#status };
    this.#doing.send({ do: action.do });
    this.#doing.changed();
  }

  /** Milliseconds since the kernel was asked; null when it wasn't, or has answered by a change of state. */
  #waited(status: Status): number | null {
    this.#status = status;
    if (!this.#asked) return null;
    const { at, status: before } = this.#asked;
    const waited = this.#clock.now() - at;
    const answered =
      status.state !== before.state || status.since !== before.since || status.attempt !== before.attempt;
    if (!answered && waited < GIVE_UP) return waited;
    this.#asked = null;
    return null;
  }
}
