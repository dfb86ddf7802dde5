// Drives the built widget with a model that has no kernel behind it: by hand, or as a scene for a picture.

import dashboards from "../../sse_notebook/widget/static/dashboard.js";
import feeds from "../../sse_notebook/widget/static/feed.js";
import widget from "../../sse_notebook/widget/static/widget.js";
import { DASHBOARDS, DashboardModel } from "./dashboard.js";
import { FEEDS, FeedModel } from "./feed.js";
import { SCENES, STATUSES, TOASTS } from "./scenes.js";

/** What anywidget hands to a widget, with its state in the page. */
class FakeModel {
  #state;
  #listeners = new Map();
  sent = [];
  constructor(state) {
    const kept = { status: {}, toasts: [], more: 0, withdrawn: [], mutes: [], parts: ["feed", "timeline"] };
    this.#state = { ...kept, part: "all", stream: "", ...state };
  }
  get(name) {
    return this.#state[name];
  }
  on(event, fn) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), fn]);
  }
  off(event, fn) {
    this.#listeners.set(
      event,
      (this.#listeners.get(event) ?? []).filter((other) => other !== fn),
    );
  }
  async send(message) {
    this.sent.push(message);
    const answers = {
      module: async () => {
        const file = await fetch(`../../sse_notebook/widget/static/${message.name}.js`);
        return this.tell("msg:custom", { module: message.name, text: await file.text() });
      },
      timeline: () => this.tell("msg:custom", { timeline: this.get("timeline") ?? [] }),
      action: () => this.tell("msg:custom", { acted: message.toast, label: message.label, done: true }),
      disconnect: () => this.#become("disconnected"),
      reconnect: () => this.#become("open"),
      dismiss: () => this.#drop((toast) => message.toasts.some(([id]) => id === toast.id)),
      mute: () => {
        const { type, resource, seconds } = message;
        const mute = { type, resource, until: Date.now() + seconds * 1000, suppressed: 0 };
        this.change({ mutes: [...this.get("mutes"), mute] });
      },
      unmute: () => {
        const meant = (mute) => mute.type === message.type && mute.resource === message.resource;
        this.change({ mutes: this.get("mutes").filter((mute) => !meant(mute)) });
      },
    };
    await null;
    await answers[message.do]?.();
  }
  #become(state) {
    setTimeout(() => this.change({ status: { ...this.get("status"), state, since: Date.now() } }), 300);
  }
  #drop(fits) {
    const gone = this.get("toasts").filter(fits);
    this.change({
      toasts: this.get("toasts").filter((toast) => !fits(toast)),
      withdrawn: [...this.get("withdrawn"), ...gone.map((toast) => toast.id)],
    });
  }
  /** The kernel has set traits. */
  change(traits) {
    Object.assign(this.#state, traits);
    for (const name of Object.keys(traits)) this.tell(`change:${name}`);
  }
  tell(event, content) {
    for (const fn of this.#listeners.get(event) ?? []) fn(content);
  }
}

const main = document.querySelector("main");
const life = new AbortController();

/** One model with one view, as a cell would show it; `again` shows it once more. */
function cell(state) {
  const model = new FakeModel(state);
  const { initialize, render } = widget();
  initialize({ model, signal: life.signal });
  const again = () => {
    const el = document.createElement("section");
    main.append(el);
    render({ model, el, signal: life.signal });
    return el;
  };
  return { model, again, el: again() };
}

const parameters = new URLSearchParams(location.search);
const scene = parameters.get("scene");
if (parameters.get("theme") === "dark") document.body.dataset.jpThemeLight = "false";
else if (parameters.get("theme") === "light") document.body.dataset.jpThemeLight = "true";
else document.body.className = "bare";
document.documentElement.dir = parameters.get("dir") ?? "ltr";

/** One feed, as a cell would show it. */
function feed(state) {
  const model = new FeedModel(state);
  model.el = document.createElement("section");
  main.append(model.el);
  feeds.render({ model, el: model.el, signal: life.signal });
  return model;
}

/** One dashboard, likewise. */
function dashboard(make) {
  const model = new DashboardModel(make);
  const el = document.createElement("section");
  main.append(el);
  dashboards.render({ model, el, signal: life.signal });
  model.part = (name) => el.firstElementChild.shadowRoot.querySelector(`[data-part="${name}"]`);
  return model;
}

if (scene && scene in FEEDS) FEEDS[scene](feed);
else if (scene && scene in DASHBOARDS) DASHBOARDS[scene](dashboard);
else if (scene) SCENES[scene](cell);
else play();
document.body.dataset.ready = "";

/** A page to play with. */
function play() {
  document.body.className = "";
  document.body.dataset.jpThemeLight = "true";
  const { model, again } = cell({ status: STATUSES.open(Date.now()) });
  const nav = document.querySelector("nav");
  const button = (label, fn) => {
    const element = document.createElement("button");
    element.textContent = label;
    element.addEventListener("click", fn);
    nav.append(element);
  };
  let id = 0;
  const add = (...toasts) =>
    model.change({
      toasts: [...model.get("toasts"), ...toasts.map((toast) => ({ ...toast, id: ++id }))].slice(-20),
    });
  for (const [name, status] of Object.entries(STATUSES)) {
    button(name, () => model.change({ status: status(Date.now()) }));
  }
  button("kernel gone", () => model.tell("comm_live_update"));
  for (const [name, toast] of Object.entries(TOASTS)) button(`+ ${name}`, () => add(toast(Date.now())));
  button("fold the last", () => {
    const toasts = [...model.get("toasts")];
    const last = toasts.pop();
    if (last) model.change({ toasts: [...toasts, { ...last, rev: last.rev + 1, count: last.count + 1 }] });
  });
  button("storm", () => {
    const severities = Object.keys(TOASTS);
    for (let n = 0; n < 20; n += 1) add(TOASTS[severities[n % severities.length]](Date.now()));
    model.change({ more: model.get("more") + 312 });
  });
  button("second view", again);
  button("dark", () => {
    document.body.dataset.jpThemeLight = String(document.body.dataset.jpThemeLight === "false");
  });
}
