// The dashboard, as anywidget loads it (`stream.dashboard()`).

import type { AnyModel } from "@anywidget/types";
import { systemClock } from "../clock";
import { mount } from "./view";
import type { DashboardModel } from "./wire";

interface RenderProps {
  model: AnyModel;
  el: HTMLElement;
  signal: AbortSignal;
}

export default {
  render({ model, el, signal }: RenderProps): void {
    mount({ model: model as unknown as DashboardModel, el, signal, clock: systemClock });
  },
};
