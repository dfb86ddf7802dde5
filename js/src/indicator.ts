// The one-line bar: a state as shape, word and colour, what is known about it, and the way out.

import type { Clock } from "./clock";
import { h, slot, write } from "./dom";
import { stateGlyph } from "./glyphs";
import type { Request, Status } from "./traits";
import { ACTION, detail, events, LOGIN, label, type Shown, WAITING_FOR_KERNEL, word } from "./words";

/** The kernel answers at once, or it is busy with a cell: after so many milliseconds the bar says which. */
const PATIENCE = 1500;
/** After so many the question may have been lost, and may be asked again. */
const GIVE_UP = 10_000;

export class Indicator {
  readonly element: HTMLElement;
  readonly #clock: Clock;
  readonly #send: (request: Request) => void;
  readonly #word = h("bdi", { "data-part": "word" });
  readonly #state = h("span", { class: "state" }, this.#word);
  readonly #name = slot("name", "name");
  readonly #text = h("bdi", {});
  readonly #code = h("code", {}, LOGIN);
  readonly #detail = h("span", { class: "detail", "data-part": "detail" }, this.#text, this.#code);
  readonly #level = h("i");
  readonly #meter = h("span", { class: "meter", "data-part": "meter", "aria-hidden": "true" }, this.#level);
  readonly #count = slot("count", "count");
  readonly #button = h("button", { type: "button", class: "button", "data-part": "action" });
  #shown: Shown | null = null;
  #status: Status | null = null;
  /** What was asked of the kernel, and the state it was asked in. */
  #asked: { at: number; status: Status } | null = null;

  /** `changed` is called when the bar has to be drawn again: a button was pressed; `more` stands before the button. */
  constructor(clock: Clock, send: (request: Request) => void, changed: () => void, ...more: HTMLElement[]) {
    this.#clock = clock;
    this.#send = send;
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
    );
    this.#button.addEventListener("click", () => {
      this.#press();
      changed();
    });
  }

  /** Draws `status` as it is at `now` (the kernel's clock); returns the milliseconds until that is out of date. */
  draw(status: Status, gone: boolean, now: number): number | null {
    const shown = gone ? "gone" : status.state;
    const waited = this.#waited(status);
    const late = waited !== null && waited >= PATIENCE;
    if (shown !== this.#shown) this.#change(shown);

    const title = word(shown, status, now);
    const said = late ? { text: WAITING_FOR_KERNEL, next: null } : detail(shown, status, now);
    write(this.#word, title.text);
    write(this.#name.text, status.name);
    this.#name.place.hidden = status.name === "";
    write(this.#text, said.text);
    write(this.#count.text, events(status.count));
    this.#code.hidden = late || (shown !== "unauthenticated" && shown !== "unauthorized");
    this.#detail.title = said.text;
    this.element.setAttribute("aria-label", label(status.name));
    this.#button.toggleAttribute("data-asked", waited !== null);
    this.#button.setAttribute("aria-disabled", String(waited !== null));
    this.#drawMeter(shown, status, now);

    const patience = waited === null ? null : (late ? GIVE_UP : PATIENCE) - waited;
    return soonest(title.next, said.next, patience);
  }

  /** Puts the keyboard where it can go on. */
  focus(): void {
    this.#button.focus();
  }

  #change(shown: Shown): void {
    this.#shown = shown;
    this.element.dataset.state = shown;
    this.#state.replaceChildren(stateGlyph(shown), this.#word);
    const action = ACTION[shown];
    this.#button.hidden = action === undefined;
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
    this.#send({ do: action.do });
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

function soonest(...times: (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length ? Math.min(...known) : null;
}
