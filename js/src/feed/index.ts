// The feed, as anywidget loads it (`stream.feed()`), and as the stream's own widget does when it is opened.

import type { AnyModel } from "@anywidget/types";
import { systemClock } from "../clock";
import { mount as mountFeed } from "./view";
import type { FeedModel } from "./wire";

interface RenderProps {
  model: AnyModel;
  el: HTMLElement;
  signal: AbortSignal;
}

/** Shows the feed of a model in an element, until the signal aborts. */
export function mount(
  model: FeedModel,
  el: HTMLElement,
  signal: AbortSignal,
  gone = false,
): { show(seq: number): void } | undefined {
  return mountFeed({ model, el, signal, clock: systemClock, gone });
}

export default {
  render({ model, el, signal }: RenderProps): void {
    mount(model as unknown as FeedModel, el, signal);
  },
};
