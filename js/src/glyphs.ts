// A shape for each state and each severity: told apart without colour, at 12 and 16 pixels.

import { svg } from "./dom";
import type { Severity } from "./traits";
import type { Shown } from "./words";

/** The attributes of a path. */
type Part = Record<string, string>;

/** A line, in the colour of the text around, so wide. */
const lines = (d: string, width: string, dashes = ""): Part => ({
  d,
  "stroke-width": width,
  "stroke-dasharray": dashes,
});
const filled = (d: string): Part => ({ d, fill: "currentColor", stroke: "none" });
const cut = (d: string): Part => ({ d, class: "cut" });
/** A circle around (x, y). */
const circle = (x: number, y: number, r: number): string =>
  `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0-${2 * r} 0`;

/** On a field of 12 × 12. */
const STATE: Record<Shown, Part[]> = {
  open: [filled(circle(6, 6, 5))],
  connecting: [lines(circle(6, 6, 4.5), "1.6", "2.8 4.268")],
  stale: [lines(circle(6, 6, 4.5), "2")],
  retrying: [filled("M6 1.2 11.3 10.6H.7Z")],
  exhausted: [lines("M2.2 2.2 9.8 9.8M9.8 2.2 2.2 9.8", "2.1")],
  unauthorized: [lines("M3.7 5.3V4a2.3 2.3 0 0 1 4.6 0v1.3", "1.5"), filled("M2 5.2h8v5.6H2Z")],
  unauthenticated: [lines(`${circle(6, 3.6, 2.4)}M1.6 11c.4-2.6 2-3.8 4.4-3.8s4 1.2 4.4 3.8`, "1.4")],
  disconnected: [filled("M2.2 1.5h2.6v9H2.2ZM7.2 1.5h2.6v9H7.2Z")],
  closed: [filled("M1.5 1.5h9v9h-9Z")],
  gone: [lines("M1.8 1.8h8.4v8.4H1.8Z", "1.6")],
};

const disc = filled(circle(8, 8, 7));

/** On a field of 16 × 16; `.cut` is drawn in the colour of what lies behind. */
const SIGN: Record<Severity, Part[]> = {
  info: [disc, cut("M8 7.4v4M8 4.7v.1")],
  success: [disc, cut("M4.9 8.3 7.1 10.5 11.2 5.8")],
  warning: [
    filled("M6.7 1.8a1.5 1.5 0 0 1 2.6 0l5.9 10.4a1.5 1.5 0 0 1-1.3 2.3H2.1a1.5 1.5 0 0 1-1.3-2.3Z"),
    cut("M8 6v3.2M8 11.8v.1"),
  ],
  error: [
    filled("M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z"),
    cut("M5.6 5.6 10.4 10.4M10.4 5.6 5.6 10.4"),
  ],
};

function draw(size: number, name: string, parts: Part[]): SVGSVGElement {
  return svg(
    "svg",
    {
      class: "glyph",
      fill: "none",
      stroke: "currentColor",
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
      width: String(size),
      height: String(size),
      viewBox: `0 0 ${size} ${size}`,
      "aria-hidden": "true",
      "data-glyph": name,
    },
    ...parts.map((part) => svg("path", part)),
  );
}

export const stateGlyph = (shown: Shown): SVGSVGElement => draw(12, shown, STATE[shown]);
export const severityGlyph = (severity: Severity): SVGSVGElement => draw(16, severity, SIGN[severity]);
export const chevronGlyph = (): SVGSVGElement => draw(12, "chevron", [lines("M3 4.5 6 7.5 9 4.5", "1.4")]);
export const crossGlyph = (): SVGSVGElement => draw(12, "cross", [lines("M3 3 9 9M9 3 3 9", "1.4")]);
