// Helpers for making DOM. Data gets in as text only: nothing here parses HTML.

type Attributes = Record<string, string>;
type Child = Node | string;

function fill<T extends Element>(element: T, attributes: Attributes, children: Child[]): T {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/** A button of a class, which tests and styles know as `part`. */
export function button(
  className: string,
  part: string,
  content: Child,
  pressed: () => unknown,
  more: Attributes = {},
): HTMLButtonElement {
  const made = h("button", { type: "button", class: className, "data-part": part, ...more }, content);
  made.addEventListener("click", pressed);
  return made;
}

/** Writes only what differs, so that a selection or a screen reader is not disturbed for nothing. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A place for text from elsewhere, and the text in it. The place keeps the page's direction, so that it stands where
 * it should; the text has its own.
 */
export function slot(className: string, part: string): { place: HTMLElement; text: HTMLElement } {
  const text = h("bdi");
  return { place: h("span", { class: className, "data-part": part }, text), text };
}

/** Calls `fn` when the life that `signal` is of ends. */
export function onAbort(signal: AbortSignal, fn: () => void): void {
  signal.addEventListener("abort", fn, { once: true });
}
