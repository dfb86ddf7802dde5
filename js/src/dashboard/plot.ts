// One picture over time: an area below steps, errors and warnings at its bottom; hatched where nothing is known.

import { h, svg, write } from "../dom";
import { steps, type Window } from "./series";
import type { Bucket } from "./wire";
import * as words from "./words";

export class Plot {
  readonly label: HTMLElement;
  readonly element = h("div", { class: "plot", role: "img" });
  readonly peak = h("bdi", { class: "peak", "aria-hidden": "true" });
  readonly #of: "events" | "bytes";
  readonly #name: string;
  readonly #area = svg("path", { class: "area" });
  readonly #line = svg("path", { class: "stroke" });
  readonly #bad = svg("path", { class: "warnings" });
  readonly #worst = svg("path", { class: "errors" });
  readonly #picture = svg("svg", { preserveAspectRatio: "none", "aria-hidden": "true" });
  readonly #dark = h("div", { class: "darks", "aria-hidden": "true" });

  constructor(of: "events" | "bytes", name: string) {
    this.#of = of;
    this.#name = name;
    this.element.dataset.part = `plot-${of}`;
    this.label = h("bdi", { class: "label", "aria-hidden": "true" }, name);
    this.#picture.append(this.#area, this.#bad, this.#worst, this.#line);
    this.element.append(this.#dark, this.#picture);
  }

  draw(window: Window, now: number | null): void {
    const { buckets, width, start, end } = window;
    const of = this.#of;
    const all = buckets.map((bucket) => (bucket ? bucket[of] / width : null));
    const most = Math.max(0, ...all.map((value) => value ?? 0));
    const { area, line } = steps(all, most);
    this.#picture.setAttribute("viewBox", `0 0 ${buckets.length} 100`);
    this.#area.setAttribute("d", area);
    this.#line.setAttribute("d", line);
    if (of === "events") {
      const share = (count: (bucket: Bucket) => number): string => {
        const values = buckets.map((bucket) =>
          bucket && count(bucket) ? Math.min(count(bucket), bucket.events) / width : null,
        );
        return steps(values, most).area;
      };
      this.#bad.setAttribute(
        "d",
        share((bucket) => bucket.warnings + bucket.errors),
      );
      this.#worst.setAttribute(
        "d",
        share((bucket) => bucket.errors),
      );
    }
    drawDark(this.#dark, window);
    const say = (value: number): string =>
      of === "events" ? `${words.perSecond(value)}/s` : `${words.size(value)}/s`;
    write(this.peak, most ? words.most(say(most)) : "");
    const holes = window.dark.filter((hole) => (hole.end ?? end) > start && hole.start < end).length;
    const present = now === null ? "not known" : say(now);
    const said = words.picture(this.#name, present, say(most), end - start, holes);
    if (this.element.getAttribute("aria-label") !== said) this.element.setAttribute("aria-label", said);
  }
}

/** Hatches the stretches of which nothing is known. */
function drawDark(place: HTMLElement, { dark, start, end }: Window): void {
  const seen = dark.filter((hole) => (hole.end ?? end) > start && hole.start < end);
  while (place.children.length < seen.length) place.append(h("i"));
  while (place.children.length > seen.length) place.lastElementChild?.remove();
  seen.forEach((hole, at) => {
    const one = place.children[at] as HTMLElement;
    const from = Math.max(hole.start, start);
    one.style.left = `${(100 * (from - start)) / (end - start)}%`;
    one.style.width = `${(100 * (Math.min(hole.end ?? end, end) - from)) / (end - start)}%`;
    one.toggleAttribute("data-recovered", hole.recovered === true);
  });
}
