// What can be done without the kernel: narrowing what is here, and a filter without one of its clauses.

import type { Severity } from "../traits";
import type { Clause, Item } from "./wire";

/** The items that have a text in their words, and one of the severities and types (empty: all of them). Gaps stay. */
export function fitting(
  items: Item[],
  search: string,
  severities: ReadonlySet<Severity>,
  types: ReadonlySet<string>,
): Item[] {
  return items.filter((item) => {
    if (item.seq === null) return true;
    if (severities.size > 0 && !severities.has(item.severity)) return false;
    if (types.size > 0 && !types.has(item.type)) return false;
    return [item.message, item.type, item.resource, item.status].some((one) =>
      one.toLowerCase().includes(search),
    );
  });
}

/** The canonical text of a filter of these clauses. One alone needs no brackets, and no clause begins with one. */
export function without(left: Clause[]): string {
  const [only] = left;
  if (!only) return "";
  if (left.length > 1) return left.map((part) => part.joined).join(" and ");
  return only.joined.startsWith("(") ? only.joined.slice(1, -1) : only.joined;
}
