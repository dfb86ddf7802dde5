// The few numbers that are read first: large, short; exact when pointed at, focused, or read out.

import { h, write } from "../dom";
import { number } from "../words";
import { rate } from "./series";
import type { Numbers } from "./wire";
import * as words from "./words";

interface Figure {
  value: string;
  unit?: string;
  hint: string;
  /** All of it, in full. */
  exact: string;
}

export class Figures {
  readonly element = h("div", {
    class: "figures",
    role: "group",
    tabindex: "0",
    "aria-label": words.FIGURES,
    "data-part": "figures",
  });
  readonly #made = new Map<string, (figure: Figure) => void>();

  draw(numbers: Numbers, now: number): void {
    for (const [name, figure] of Object.entries(figures(numbers, now))) this.#of(name)(figure);
  }

  #of(name: string): (figure: Figure) => void {
    const known = this.#made.get(name);
    if (known) return known;
    const [value, unit, hint] = [h("b"), h("small"), h("bdi", { class: "hint" })];
    const exact = h("bdi", { class: "exact" });
    const short = h(
      "span",
      { class: "short", "aria-hidden": "true" },
      h("bdi", { class: "value" }, value, unit),
      hint,
    );
    const box = h(
      "div",
      { class: "figure", "data-figure": name },
      h("bdi", { class: "label" }, name),
      short,
      exact,
    );
    this.element.append(box);
    const draw = (figure: Figure): void => {
      write(value, figure.value);
      write(unit, figure.unit ? ` ${figure.unit}` : "");
      write(hint, figure.hint);
      write(exact, figure.exact);
      box.title = figure.exact;
    };
    this.#made.set(name, draw);
    return draw;
  }
}

function figures(numbers: Numbers, now: number): Record<string, Figure> {
  const { totals, lag, status } = numbers;
  const [events, bytes] = [rate(numbers, now, "events"), rate(numbers, now, "bytes")];
  const [sum, unit] = (bytes === null ? words.NONE : words.size(bytes)).split(" ");
  const of = numbers.view ? `, ${words.WHOLE_STREAM}` : "";
  const all = numbers.view ? numbers.rows : totals.stored;
  const what = numbers.view ? "rows in the view" : "events in all";
  return {
    Events: {
      value: events === null ? words.NONE : words.perSecond(events),
      unit: events === null ? "" : "/s",
      hint: `${words.compact(all)} ${numbers.view ? "rows" : "in all"}`,
      exact: `${events === null ? "not known" : `${events.toLocaleString("en-US", { maximumFractionDigits: 1 })} a second`}, ${number(all)} ${what}`,
    },
    Bytes: {
      value: sum ?? "",
      unit: unit ? `${unit}/s` : "",
      hint: numbers.view ? words.WHOLE_STREAM : `${words.size(totals.bytes)} in all`,
      exact: `${bytes === null ? "not known" : `${number(Math.round(bytes))} a second`}, ${number(totals.bytes)} in all${of}`,
    },
    "Rows kept": {
      value: words.compact(numbers.kept),
      hint: numbers.view ? words.WHOLE_STREAM : words.kept(numbers),
      exact: `${words.keptExact(numbers)}${of}`,
    },
    Lag: {
      value: lag ? (words.seconds(lag.newest).split(" ")[0] ?? "") : words.NONE,
      unit: lag ? (words.seconds(lag.newest).split(" ")[1] ?? "") : "",
      hint: words.lagHint(lag, numbers.rows),
      exact: words.lagExact(lag),
    },
    "Last event": {
      ...ageOf(status.last_event_at, now),
      hint: words.byte(status.last_byte_at, now),
      exact: `${words.age(status.last_event_at, now)}; ${words.byte(status.last_byte_at, now)}`,
    },
  };
}

function ageOf(at: number | null, now: number): { value: string; unit: string } {
  const [value = "", ...unit] = words.age(at, now).split(" ");
  return at === null || value === "just"
    ? { value: at === null ? words.NONE : "now", unit: "" }
    : { value, unit: unit.join(" ") };
}
