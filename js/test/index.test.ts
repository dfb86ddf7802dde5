import { afterEach, describe, expect, it } from "vitest";
import widget from "../src/index";
import { FakeModel, status, toasts } from "./helpers";

/** What anywidget hands out: another object each time, for the same model. */
const proxy = (model: FakeModel) =>
  ({
    get: model.get.bind(model),
    on: model.on.bind(model),
    off: model.off.bind(model),
    send: model.send.bind(model),
  }) as never;

const lives: AbortController[] = [];
const life = () => {
  const controller = new AbortController();
  lives.push(controller);
  return controller;
};
afterEach(() => {
  for (const one of lives.splice(0)) one.abort();
});

function start(state: Record<string, unknown> = {}) {
  const model = new FakeModel({ status: status({ now: Date.now() }), ...state });
  const definition = widget();
  const whole = life();
  definition.initialize({ model: proxy(model), signal: whole.signal });
  const view = () => {
    const controller = life();
    const el = document.createElement("div");
    document.body.append(el);
    definition.render({
      model: proxy(model),
      el,
      signal: AbortSignal.any([whole.signal, controller.signal]),
    });
    return { el, end: () => controller.abort() };
  };
  return { model, view, end: () => whole.abort() };
}

const shown = (el: HTMLElement) =>
  el.firstElementChild?.shadowRoot?.querySelectorAll('[data-part="toast"]').length ?? 0;

describe("as anywidget calls it", () => {
  it("returns nothing that would be taken for exports or a cleanup", () => {
    const definition = widget();
    expect(definition.initialize({ model: proxy(new FakeModel()), signal: life().signal })).toBeUndefined();
  });

  it("shares one model's state between its views, though each gets another object for the model", () => {
    const { model, view } = start();
    const [one, two] = [view(), view()];
    model.change({ toasts: toasts(1) });
    expect([shown(one.el), shown(two.el)]).toEqual([1, 0]);
  });

  it("shares nothing between models", () => {
    const [first, second] = [start(), start()];
    const [one, two] = [first.view(), second.view()];
    first.model.change({ toasts: toasts(1) });
    second.model.change({ toasts: toasts(1, 2) });
    expect([shown(one.el), shown(two.el)]).toEqual([1, 2]);
  });

  it("can be shown again in the same place", () => {
    const { model, view } = start();
    const { el, end } = view();
    end();
    const { el: second } = view();
    model.change({ toasts: toasts(1) });
    expect([el.childNodes.length, shown(second)]).toEqual([0, 1]);
  });

  it("leaves nothing behind when the model ends", () => {
    const { model, view, end } = start();
    const { el } = view();
    end();
    expect([el.childNodes.length, model.listening]).toEqual([0, 0]);
  });
});
