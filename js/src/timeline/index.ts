// The timeline, as the stream's own widget loads it when it is opened.

import { systemClock } from "../clock";
import type { Model } from "../traits";
import { Timeline } from "./list";

/** Shows the timeline of a model in an element, until the signal aborts. */
export function mount(model: Model, el: HTMLElement, signal: AbortSignal, gone = false): undefined {
  new Timeline(model, el, signal, gone, systemClock);
}
