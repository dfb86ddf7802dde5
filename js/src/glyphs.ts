// A shape for each state and each severity: told apart without colour, at 12 and 16 pixels.

import { svg } from "./dom";
import type { Severity } from "./traits";
import type { Shown } from "./words";

type Part = [tag: "path" | "circle" | "rect", attributes: Record<string, string>];

const filled = (d: string): Part => ["path", { d, fill: "currentColor" }];
const lines = (d: string, width: string): Part => [
  "path",
  {
    d,
    fill: "none",
    stroke: "currentColor",
    "stroke-width": width,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
  },
];
const ring = (more: Record<string, string>): Part => [
  "circle",
  { cx: "6", cy: "6", r: "4.5", fill: "none", stroke: "currentColor", ...more },
];

/** On a field of 12 × 12. */
const STATE: Record<Shown, Part[]> = {
  open: [["circle", { cx: "6", cy: "6", r: "5", fill: "currentColor" }]],
  connecting: [ring({ "stroke-width": "1.6", "stroke-dasharray": "4.4 2.668" })],
  stale: [ring({ "stroke-width": "2" })],
  retrying: [filled("M6 1.2 11.3 10.6H.7Z")],
  exhausted: [lines("M2.2 2.2 9.8 9.8M9.8 2.2 2.2 9.8", "2.1")],
  unauthorized: [lines("M3.7 5.3V4a2.3 2.3 0 0 1 4.6 0v1.3", "1.5"), filled("M2 5.2h8v5.6H2Z")],
  unauthenticated: [
    ["circle", { cx: "6", cy: "3.6", r: "2.4", fill: "none", stroke: "currentColor", "stroke-width": "1.4" }],
    lines("M1.6 11c.4-2.6 2-3.8 4.4-3.8s4 1.2 4.4 3.8", "1.4"),
  ],
  disconnected: [filled("M2.2 1.5h2.6v9H2.2ZM7.2 1.5h2.6v9H7.2Z")],
  closed: [["rect", { x: "1.5", y: "1.5", width: "9", height: "9", rx: "1", fill: "currentColor" }]],
  gone: [
    [
      "rect",
      {
        x: "1.8",
        y: "1.8",
        width: "8.4",
        height: "8.4",
        rx: "1",
        fill: "none",
        stroke: "currentColor",
        "stroke-width": "1.6",
      },
    ],
  ],
};

const disc: Part = ["circle", { cx: "8", cy: "8", r: "7", fill: "currentColor" }];
const cut = (d: string): Part => ["path", { d, class: "cut" }];

/** On a field of 16 × 16; `.cut` is drawn in the colour of what lies behind. */
const SIGN: Record<Severity, Part[]> = {
  info: [disc, cut("M8 7.4v4M8 4.7v.1")],
  success: [disc, cut("M4.9 8.3 7.1 10.5 11.2 5.8")],
  warning: [
    filled("M6.7 1.8a1.5 1.5 0 0 1 2.6 0l5.9 10.4a1.5 1.5 0 0 1-1.3 2.3H2.1a1.5 1.5 0 0 1-1.3-2.3Z"),
    cut("M8 6v3.2M8 11.8v.1"),
  ],
  error: [
    ["path", { d: "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z", fill: "currentColor" }],
    cut("M8 4.6v3.9M8 11.3v.1"),
  ],
};

function draw(size: number, name: string, parts: Part[]): SVGSVGElement {
  const shapes = parts.map(([tag, attributes]) => svg(tag, attributes));
  return svg(
    "svg",
    {
      class: "glyph",
      width: String(size),
      height: String(size),
      viewBox: `0 0 ${size} ${size}`,
      "aria-hidden": "true",
      "data-glyph": name,
    },
    ...shapes,
  );
}

export const stateGlyph = (shown: Shown): SVGSVGElement => draw(12, shown, STATE[shown]);
export const severityGlyph = (severity: Severity): SVGSVGElement => draw(16, severity, SIGN[severity]);
export const chevronGlyph = (): SVGSVGElement => draw(12, "chevron", [lines("M3 4.5 6 7.5 9 4.5", "1.4")]);
export const crossGlyph = (): SVGSVGElement => draw(12, "cross", [lines("M3 3 9 9M9 3 3 9", "1.4")]);
