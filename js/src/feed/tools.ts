// What narrows the feed: the filter box, what the kernel says of it, and the severities.

import { h, write } from "../dom";
import { SEVERITIES, type Severity } from "../traits";
import { number } from "../words";
import type { Verdict } from "./wanted";
import { CHIP, EXAMPLE, FILTER, VERDICT, type VerdictKind, WHERE } from "./words";

const LONGEST = 4000; // characters of a filter: the kernel reads no more
const WIDEST = 60; // characters of the filter that are shown above a caret

/** With Ctrl or Command: of the text in the box. JupyterLab would select all cells, or undo what was done in one. */
const EDITING = new Set("acvxyz");

export interface ToolEvents {
  type(typed: string, atOnce: boolean): void;
  toggle(severity: Severity): void;
  undo(): boolean;
}

export class Tools {
  readonly element: HTMLElement;
  readonly verdict: HTMLElement;
  readonly #input = h("input", {
    type: "text",
    id: "filter",
    "aria-label": FILTER,
    "aria-describedby": "verdict",
    placeholder: EXAMPLE,
    maxlength: String(LONGEST),
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    "data-part": "filter",
  });
  readonly #sign = h("span", { class: "sign", "aria-hidden": "true", "data-part": "verdict-sign" });
  readonly #box = h(
    "label",
    { class: "box", for: "filter" },
    h("span", { class: "where" }, WHERE),
    this.#input,
    this.#sign,
  );
  readonly #chips = new Map<Severity, { button: HTMLButtonElement; count: HTMLElement }>();
  readonly #place = h("pre", { class: "place" });
  readonly #words = h("bdi", { "data-part": "problem" });

  constructor(events: ToolEvents) {
    const chips = h("div", { class: "chips" });
    for (const severity of [...SEVERITIES].reverse()) {
      const count = h("span", { class: "number" });
      const button = h(
        "button",
        { type: "button", class: "chip", "aria-pressed": "false", "data-severity": severity },
        `${CHIP[severity]} `,
        count,
      );
      button.addEventListener("click", () => events.toggle(severity));
      this.#chips.set(severity, { button, count });
      chips.append(button);
    }
    this.element = h("div", { class: "tools" }, this.#box, chips);
    this.verdict = h("div", { class: "verdict", id: "verdict", role: "status" }, this.#place, this.#words);
    this.#input.addEventListener("input", () => events.type(this.#input.value, false));
    this.#input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") events.type(this.#input.value, true);
      const letter = event.ctrlKey || event.metaKey ? event.key.toLowerCase() : "";
      // What was set from outside is not in the box's own list of what can be undone.
      if (event.key === "z" && letter && events.undo()) event.preventDefault();
      if (EDITING.has(letter)) event.stopPropagation();
      if (event.key === "Escape" && this.#input.value) {
        event.stopPropagation();
        this.#input.value = "";
        events.type("", true);
      }
    });
  }

  focus(): void {
    this.#input.focus();
  }

  /** What Python has set. */
  set(typed: string): void {
    if (this.#input.value !== typed) this.#input.value = typed;
  }

  draw(verdict: Verdict, judged: VerdictKind, isOn: (severity: Severity) => boolean, counts: number[]): void {
    for (const [severity, { button, count }] of this.#chips) {
      const many = counts[SEVERITIES.indexOf(severity)] ?? 0;
      const on = isOn(severity);
      button.setAttribute("aria-pressed", String(on));
      button.hidden = many === 0 && !on;
      write(count, number(many));
    }
    const { typed } = verdict;
    const problem = judged === "error" ? verdict.problem : null;
    const warnings = judged === "warning" ? verdict.warnings : [];
    this.#box.dataset.verdict = judged;
    this.#input.setAttribute("aria-invalid", String(problem !== null));
    write(this.#sign, VERDICT[judged].sign);
    this.#sign.title = VERDICT[judged].text;
    const late = judged === "late" ? VERDICT.late.text : "";
    this.verdict.hidden = !(problem || warnings.length > 0 || late);
    this.verdict.dataset.kind = judged;
    write(this.#place, problem && problem.column !== null ? caret(typed, problem.column) : "");
    this.#place.hidden = this.#place.textContent === "";
    write(
      this.#words,
      problem ? [problem.text, problem.hint].filter(Boolean).join(" · ") : late || warnings.join(" · "),
    );
  }
}

/** The part of a filter where something is wrong, and below it a caret. */
export function caret(typed: string, column: number): string {
  const at = Math.min(Math.max(0, column), typed.length);
  const start = typed.length <= WIDEST ? 0 : Math.max(0, Math.min(at - WIDEST / 2, typed.length - WIDEST));
  const part = typed.slice(start, start + WIDEST).replace(/\s/g, " ");
  const before = start > 0 ? "…" : "";
  const after = start + WIDEST < typed.length ? "…" : "";
  return `${before}${part}${after}\n${" ".repeat(before.length + at - start)}^`;
}
