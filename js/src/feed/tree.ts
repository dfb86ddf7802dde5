// A payload as a tree of text: whatever is in it, nothing but text nodes come of it.

import { h } from "../dom";
import type { Tree } from "./wire";
import { DRAWER, size } from "./words";

const UNFOLDED = 2; // levels that are open at first

export function treeOf(node: Tree, key: string | null = null, depth = 0): HTMLElement {
  const name = key === null ? [] : [h("bdi", { class: "key" }, key), ": "];
  if ("text" in node) {
    const text = node.kind === "text" ? JSON.stringify(node.text) : node.text;
    return h("div", { class: "leaf" }, ...name, h("bdi", { class: "value", "data-kind": node.kind }, text));
  }
  const summary = h("summary", {}, ...name, h("span", { class: "size" }, size(node.kind, node.size)));
  const inner = node.entries.map(([each, child]) => treeOf(child, each, depth + 1));
  const left = node.size - node.entries.length;
  if (left > 0) inner.push(h("div", { class: "leaf size" }, DRAWER.more(left)));
  const details = h("details", { class: "branch" }, summary, ...inner);
  details.open = depth < UNFOLDED;
  return details;
}
