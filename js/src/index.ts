// The browser half of StreamWidget, as anywidget loads it. This file only wires.
//
// anywidget calls the default export once for each model: what it closes over is that model's, shared by its views.

import type { AnyModel } from "@anywidget/types";
import { systemClock } from "./clock";
import { Session } from "./session";
import type { Model } from "./traits";
import { mount } from "./view";

export interface InitializeProps {
  model: AnyModel;
  signal: AbortSignal;
}
export interface RenderProps extends InitializeProps {
  el: HTMLElement;
}

export default () => {
  let session: Session | undefined;
  return {
    initialize({ model, signal }: InitializeProps): void {
      session = new Session(model as Model, signal, systemClock);
    },
    render({ el, signal }: RenderProps): void {
      if (session) mount(session, el, signal);
    },
  };
};
