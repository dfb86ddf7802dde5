// What a person wants to see: a filter, severities, types, and whether it is what the filter lets through or keeps out.
//
// The law: what is typed is one thing, what the kernel could read last (`applied`) another; the rows are always of the
// latter. Pure state: nothing is asked here, and nothing waited for.

import type { Severity } from "../traits";
import { fitting, without } from "./narrow";
import type { Clauses, ClausesMessage, Item, PageMessage, Problem, TypeCount } from "./wire";
import type { VerdictKind } from "./words";

export interface Verdict {
  typed: string;
  problem: Problem | null;
  warnings: string[];
}

/** A severity, or a type. */
export type Facet = Severity | { type: string };

export class Wanted {
  readonly severities = new Set<Severity>();
  readonly #types = new Set<string>();
  /** The types that come most often, and those that are chosen. */
  counts: readonly TypeCount[] = [];
  /** Whether what the filter keeps out is wanted, and whether it is what is shown. */
  refused = false;
  refusedShown = false;
  #typed = "";
  #applied = "";
  #verdict: Verdict = { typed: "", problem: null, warnings: [] };
  #clauses: Clauses | null = null;
  /** What was typed before a clause was taken out. */
  #before: string | null = null;

  get typed(): string {
    return this.#typed;
  }

  /** The last filter that the kernel could read. */
  get applied(): string {
    return this.#applied;
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** What the filter asks whose rows are shown; null: nothing, or it is not known yet. */
  get clauses(): Clauses | null {
    return this.#clauses;
  }

  get canUndo(): boolean {
    return this.#before !== null;
  }

  get types(): string[] {
    return [...this.#types];
  }

  isOn(one: Facet): boolean {
    return typeof one === "string" ? this.severities.has(one) : this.#types.has(one.type);
  }

  get narrowed(): boolean {
    return this.#applied.trim() !== "" || this.severities.size + this.#types.size > 0;
  }

  /** How far the look at what is typed is; `late`: the kernel does not answer. */
  judged(late: boolean): VerdictKind {
    if (this.#typed.trim() === "") return "";
    if (this.#typed !== this.#verdict.typed) return late ? "late" : "checking";
    if (this.#verdict.problem) return "error";
    return this.#verdict.warnings.length > 0 ? "warning" : "ok";
  }

  /** What the kernel is asked for: what is typed, if it is not known already that it can't be read. */
  get asking(): string {
    const { typed, problem } = this.#verdict;
    return problem && typed === this.#typed ? this.#applied : this.#typed;
  }

  // -- what a person does; each says whether it changed anything

  type(typed: string): boolean {
    if (typed === this.#typed) return false;
    this.#before = null;
    this.#retype(typed);
    return true;
  }

  /** Take a clause out of the filter whose rows are shown. What was typed can be had back. */
  relax(text: string): boolean {
    const clauses = this.#clauses;
    const left = clauses?.parts.filter((part) => part.text !== text);
    if (!clauses || !left || clauses.more > 0 || left.length === clauses.parts.length) return false;
    this.#before ??= this.#typed;
    const typed = without(left);
    this.#clauses = { ...clauses, typed, parts: left };
    this.#retype(typed);
    return true;
  }

  /** Back to what was typed before clauses were taken out. */
  undo(): boolean {
    const before = this.#before;
    if (before === null) return false;
    this.#before = null;
    this.#retype(before);
    return true;
  }

  toggle(one: Facet): void {
    const [set, name] = typeof one === "string" ? [this.severities, one] : [this.#types, one.type];
    if (!set.delete(name as Severity)) set.add(name as Severity);
  }

  #retype(typed: string): void {
    this.#typed = typed;
    if (typed.trim() === "") this.refused = false; // what asks for nothing keeps nothing out
  }

  // -- what the kernel says

  /** What it thinks of what is typed. */
  judge({ problem, warnings }: PageMessage): void {
    this.#verdict = { typed: this.#typed, problem, warnings };
  }

  /** The rows are of this filter now; returns whether they were of another. */
  accept(typed: string): boolean {
    if (typed === this.#applied) return false;
    this.#applied = typed;
    if (this.#clauses?.typed !== typed) this.#clauses = null;
    return true;
  }

  explain(told: ClausesMessage): void {
    if (told.typed === this.#applied) this.#clauses = told.parts.length > 0 ? told : null;
  }

  // -- without the kernel

  /** Of the items that are here those that are wanted, as far as that can be said here; null: it can't. */
  narrow(items: Item[]): Item[] | null {
    const search = this.#typed.startsWith("/") ? this.#typed.slice(1).trim().toLowerCase() : "";
    if (!search && this.severities.size + this.#types.size === 0) return null;
    // What is here is what was let through, or kept out, by the filter of before.
    if (this.refused !== this.refusedShown || (search && this.refused)) return null;
    return fitting(items, search, this.severities, this.#types);
  }
}
