// Events over time: how many in each stretch, the worst of them in colour, gaps hatched.

import { h, write } from "../dom";
import type { Bins } from "./wire";
import { bar, picture, TIMELINE, when } from "./words";

/** Milliseconds: the ends of a shorter stretch are told more exactly, or both would say the same. */
const FINE = 3000;

export class Histogram {
  readonly element = h("div", {
    class: "hist",
    role: "img",
    "aria-label": TIMELINE,
    "data-part": "histogram",
  });
  readonly from = h("span", { class: "axis" });
  readonly to = h("span", { class: "axis" });
  #drawn: Bins | null = null;
  #bars: { bar: HTMLElement; warnings: HTMLElement; errors: HTMLElement }[] = [];

  draw(bins: Bins | null, now: number): void {
    if (bins === this.#drawn) return;
    this.#drawn = bins;
    const number = bins?.all.length ?? 0;
    while (this.#bars.length < number) {
      const [warnings, errors] = [h("i", { class: "warnings" }), h("i", { class: "errors" })];
      const one = h("span", { class: "bin" }, warnings, errors);
      this.#bars.push({ bar: one, warnings, errors });
      this.element.append(one);
    }
    for (const { bar: one } of this.#bars.splice(number)) one.remove();
    const long = (bins?.width ?? 0) * number;
    const end = (at: number) => (bins && number ? when(bins.start + at, now, long < FINE) : "");
    write(this.from, end(0));
    write(this.to, end(long));
    if (!bins) return;
    const most = Math.max(1, ...bins.all);
    this.element.setAttribute("aria-label", number ? picture(bins) : TIMELINE);
    this.#bars.forEach(({ bar: one, warnings, errors }, at) => {
      const all = bins.all[at] ?? 0;
      const high = all ? Math.max(8, (100 * all) / most) : 0; // one that is there is seen, however few it is
      const share = (part: number): number => (all ? (high * part) / all : 0);
      const [bad, worst] = [bins.warnings[at] ?? 0, bins.errors[at] ?? 0];
      one.style.setProperty("--high", `${high.toFixed(1)}%`);
      warnings.style.blockSize = `${share(bad + worst).toFixed(1)}%`; // the errors lie before it
      errors.style.blockSize = `${share(worst).toFixed(1)}%`;
      one.toggleAttribute("data-gap", bins.gaps.has(at));
      one.title = bar(bins, at);
    });
  }
}
