// Scripts that not every widget carries: sent by the kernel when they are first wanted, and from nowhere else.
//
// A page that runs this widget lets scripts come from a blob: URL, since anywidget itself loads them so.

import type { Model } from "./traits";

/** What is shown. */
export interface Mounted {
  /** Shows a row, and all of it. */
  show(seq: number): void;
}

/** What a script that was sent offers: it shows its part in an element. */
export interface Part {
  mount(model: Model, el: HTMLElement, signal: AbortSignal, gone: boolean): Mounted | undefined;
}

type Import = (text: string) => Promise<Part>;

const fromBlob: Import = async (text) => {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return (await import(url)) as Part;
  } finally {
    URL.revokeObjectURL(url);
  }
};

/** What can be loaded. */
export type Name = "feed" | "timeline";

export class Loader {
  readonly #model: Model;
  readonly #import: Import;
  readonly #waiting = new Map<Name, Promise<Part>>();

  constructor(model: Model, from: Import = fromBlob) {
    this.#model = model;
    this.#import = from;
  }

  /** Which parts there are to load. */
  has(name: string): boolean {
    const parts = this.#model.get("parts");
    return Array.isArray(parts) && parts.includes(name);
  }

  /** A script; asked for once, and again only if it failed. */
  load(name: Name): Promise<Part> {
    const waiting = this.#waiting.get(name) ?? this.#ask(name);
    this.#waiting.set(name, waiting);
    waiting.catch(() => this.#waiting.delete(name));
    return waiting;
  }

  #ask(name: Name): Promise<Part> {
    return new Promise((resolve, reject) => {
      const told = (content?: unknown) => {
        const { module, text } = (content ?? {}) as { module?: unknown; text?: unknown };
        if (module !== name || typeof text !== "string") return;
        this.#model.off("msg:custom", told);
        this.#import(text).then(resolve, reject);
      };
      this.#model.on("msg:custom", told);
      this.#model.send({ do: "module", name });
    });
  }
}
