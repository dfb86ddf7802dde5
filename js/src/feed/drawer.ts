// All of one row: its payload as a tree, its fields, its text as it came, and what can be copied of it.

import type { Cancel, Clock } from "../clock";
import { h, write } from "../dom";
import { crossGlyph } from "../glyphs";
import { treeOf } from "./tree";
import { type Stop, seen, type Whole } from "./wire";
import { DRAWER, NOT_KEPT, RELAX, relax, STOPPED, saw } from "./words";

const SAID = 1600; // ms that a button says what it has done

export class Drawer {
  readonly element: HTMLElement;
  readonly #clock: Clock;
  readonly #title = h("bdi", { class: "drawer-title", "data-part": "drawer-title" });
  readonly #words = h("bdi");
  readonly #stops = h("div", { class: "asks stopped", role: "list", "aria-label": STOPPED });
  readonly #kept = h("div", { class: "stops", "data-part": "stopped" }, h("h4", {}, STOPPED), this.#stops);
  readonly #relax: (clause: string) => void;
  readonly #fields = h("dl", { "data-part": "fields" });
  readonly #tree = h("div", { class: "tree", "data-part": "tree" });
  readonly #raw = h("pre", { class: "raw", tabindex: "0", "data-part": "raw" });
  readonly #cut = h("p", { class: "hint" });
  readonly #buttons: Record<"json" | "curl" | "pandas", HTMLButtonElement>;
  readonly #body: HTMLElement;
  readonly #timers = new Map<HTMLElement, Cancel>();
  #seq: number | null = null;
  #whole: Whole | null = null;

  /** `relaxed` is told which clause is to be taken out of the filter. */
  constructor(clock: Clock, close: () => void, relaxed: (clause: string) => void) {
    this.#clock = clock;
    this.#relax = relaxed;
    this.#buttons = {
      json: this.#copier("json", (whole) => jsonOf(whole)),
      curl: this.#copier("curl", (whole) => whole.curl ?? ""),
      pandas: this.#copier("pandas", (whole) => whole.pandas),
    };
    this.#buttons.json.title = DRAWER.json_title;
    this.#buttons.curl.title = DRAWER.curl_title;
    const shut = h(
      "button",
      { type: "button", class: "shut", "aria-label": DRAWER.close, title: DRAWER.close, "data-part": "shut" },
      crossGlyph(),
    );
    shut.addEventListener("click", close);
    const head = h(
      "div",
      { class: "drawer-head" },
      this.#title,
      h("span", { class: "grow" }),
      this.#buttons.json,
      this.#buttons.curl,
      this.#buttons.pandas,
      shut,
    );
    this.#body = h(
      "div",
      { class: "drawer-body", tabindex: "0", role: "group", "aria-label": DRAWER.payload },
      h("section", { class: "payload" }, h("h4", {}, DRAWER.payload), this.#tree),
      h("section", {}, h("h4", {}, DRAWER.fields), this.#fields),
      h("section", { class: "wide" }, h("details", {}, h("summary", {}, DRAWER.raw), this.#raw, this.#cut)),
    );
    this.element = h(
      "section",
      { class: "drawer", role: "region", "data-part": "drawer" },
      head,
      this.#kept,
      h("div", { class: "drawer-words" }, this.#words),
      this.#body,
    );
    this.element.hidden = true;
  }

  /** The clauses that keep the row out. */
  stopped: Stop[] = [];

  /** Which row it shows; null: it is shut. */
  get seq(): number | null {
    return this.#seq;
  }

  open(seq: number): void {
    if (seq === this.#seq) return;
    this.#seq = seq;
    this.#whole = null;
    this.#stop([]);
    this.element.hidden = false;
    this.element.setAttribute("aria-label", DRAWER.region(seq));
    write(this.#title, DRAWER.region(seq));
    write(this.#words, DRAWER.loading);
    this.#body.hidden = true;
    for (const button of Object.values(this.#buttons)) button.hidden = true;
  }

  /** There is nobody any more who could say more. */
  lost(): void {
    if (!this.#whole) write(this.#words, DRAWER.lost);
  }

  shut(): void {
    this.#seq = null;
    this.#stop([]);
    this.element.hidden = true;
  }

  /** What the kernel knows of a row; null: it is kept no more. */
  show(seq: number, whole: Whole | null, stopped: Stop[]): void {
    if (seq !== this.#seq) return;
    this.#stop(stopped);
    const again = whole !== null && this.#whole?.seq === seq;
    this.#whole = whole;
    if (again) return; // what a row is does not change: only what a filter says of it
    if (!whole) {
      write(this.#words, NOT_KEPT);
      return;
    }
    write(this.#title, `${whole.type} · ${seq}`);
    write(this.#words, whole.message);
    this.#body.hidden = false;
    for (const button of Object.values(this.#buttons)) button.hidden = false;
    this.#buttons.curl.hidden = whole.curl === null;
    this.#buttons.pandas.title = whole.pandas;
    this.#tree.replaceChildren(treeOf(whole.tree));
    this.#fields.replaceChildren(
      ...whole.fields.flatMap(([name, text]) => [h("dt", {}, name), h("dd", {}, h("bdi", {}, text))]),
    );
    write(this.#raw, seen(frame(whole)));
    write(this.#cut, whole.raw.length < whole.length ? DRAWER.cut(whole) : "");
    this.#body.scrollTop = 0;
  }

  stop(): void {
    for (const cancel of this.#timers.values()) cancel();
  }

  #stop(stopped: Stop[]): void {
    this.stopped = stopped;
    this.#kept.hidden = stopped.length === 0;
    this.#stops.replaceChildren(
      ...stopped.map((stop) => {
        const button = h(
          "button",
          { type: "button", class: "small", "aria-label": relax(stop.text), "data-part": "relax" },
          RELAX,
        );
        button.addEventListener("click", () => this.#relax(stop.text));
        return h(
          "div",
          { class: "stop", role: "listitem" },
          h("span", { class: "what" }, h("bdi", { class: "code" }, stop.text), h("bdi", {}, saw(stop))),
          button,
        );
      }),
    );
  }

  #copier(name: "json" | "curl" | "pandas", what: (whole: Whole) => string): HTMLButtonElement {
    const button = h("button", { type: "button", class: "small", "data-part": `copy-${name}` }, DRAWER[name]);
    button.addEventListener("click", async () => {
      if (!this.#whole) return;
      const done = await copy(what(this.#whole), this.element);
      write(button, done ? DRAWER.copied : DRAWER.failed);
      this.#timers.get(button)?.();
      this.#timers.set(
        button,
        this.#clock.after(SAID, () => write(button, DRAWER[name])),
      );
    });
    return button;
  }
}

/** The payload as JSON: as it came if it is that, else the text as a JSON text. */
export function jsonOf({ raw, length }: Whole): string {
  if (raw.length < length) return raw;
  try {
    JSON.parse(raw);
    return raw;
  } catch {
    return JSON.stringify(raw);
  }
}

/** The lines of the payload, as on the wire. */
export const frame = ({ raw }: Whole): string =>
  raw
    .split("\n")
    .map((line) => `data: ${line}`)
    .join("\n");

async function copy(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A page without the right to the clipboard: by the old way, which needs a selection.
    const area = h("textarea", { class: "unseen", readonly: "", tabindex: "-1", "aria-hidden": "true" });
    const before = (near.getRootNode() as ShadowRoot).activeElement;
    area.value = text;
    near.append(area);
    area.select();
    const done = document.execCommand?.("copy") ?? false;
    area.remove();
    if (before instanceof HTMLElement) before.focus();
    return done;
  }
}
