// A dashboard without a kernel: numbers that are made up, and add up.

const SECOND = 1000;

/** What came in each second before `now`: `rate(age)` events, none where `dark(age)`. */
function series(now, width, number, rate, dark) {
  const last = Math.floor(now / SECOND / width) * width;
  const found = [];
  for (let index = number; index >= 0; index -= 1) {
    const at = last - index * width;
    let [events, warnings, errors] = [0, 0, 0];
    for (let second = at; second < Math.min(at + width, now / SECOND); second += 1) {
      const age = now / SECOND - second;
      if (dark(age)) continue;
      const one = Math.max(0, Math.round(rate(age)));
      events += one;
      errors += Math.round(one * (age > 60 && age < 74 ? 0.6 : age % 17 < 1 ? 0.08 : 0));
      warnings += Math.round(one * (age % 29 < 3 ? 0.2 : 0.02));
    }
    if (events)
      found.push([at, events, Math.round(events * 213.7), Math.min(warnings, events - errors), errors]);
  }
  return found;
}

const wave = (age) => 11 + 5 * Math.sin(age / 23) + 3 * Math.sin(age / 5.3) + (age > 60 && age < 74 ? 26 : 0);
const GAP = [99, 140];

/** All numbers, as a kernel tells them; `rate` of events, `scale` of all counts. */
function told({ rate = wave, scale = 1, began = 240, gap = true, ...more } = {}) {
  const now = Date.now();
  const ago = (seconds) => now - seconds * SECOND;
  const dark = (age) => age > began || (gap && age >= GAP[0] && age <= GAP[1]);
  const stored = 1256 * scale;
  const totals = { bytes: 268_412 * scale, received: 1283 * scale, stored, control: 21 * scale };
  Object.assign(totals, { filtered: 4 * scale, duplicate: 1 * scale, invalid: 1 * scale });
  Object.assign(totals, { shown: 47, suppressed: stored - 47, evicted: 0, gaps: gap ? 1 : 0 });
  const states = [
    [ago(began + 1), "connecting", ago(began), ""],
    [ago(began), "open", gap ? ago(GAP[1] - 20) : null, ""],
  ];
  if (gap) {
    const cause = "connection reset";
    states.push([ago(GAP[1] - 20), "stale", ago(GAP[0] + 12), "silent for 20 s"]);
    states.push([ago(GAP[0] + 12), "retrying", ago(GAP[0] + 1), cause]);
    states.push([ago(GAP[0] + 1), "connecting", ago(GAP[0]), cause]);
    states.push([ago(GAP[0]), "open", null, ""]);
  }
  const parts = [41, 12, 400, 803].map((n) => n * scale);
  return {
    now,
    tempo: 1,
    virtual: false,
    name: "api.example.com",
    view: false,
    began: ago(began),
    status: {
      state: "open",
      since: ago(gap ? GAP[0] : began),
      attempt: 0,
      attempts: 10,
      next_retry_at: null,
      last_event_at: ago(2.2),
      last_byte_at: ago(0.4),
      cause: "",
    },
    totals,
    reconnects: gap ? [["broken", 1]] : [],
    kept: [stored, 1_000_000],
    rows: stored,
    severities: [parts[3], parts[2], parts[1], parts[0]],
    types: [
      ["workload.status", 512 * scale],
      ["build.completed", 391 * scale],
      ["project.status", 201 * scale],
      ["build.failed", 41 * scale],
      ["cluster.status", 38 * scale],
    ],
    others: [7, 73 * scale],
    lag: [0.012, 0.009, 1000],
    states,
    gaps: gap ? [[ago(GAP[1]), ago(GAP[0]), "connection reset", false]] : [],
    seconds: series(now, 1, 300, rate, dark),
    quarters: series(now, 15, 240, rate, dark),
    ...more,
  };
}

/** A model as anywidget hands it over. */
export class DashboardModel {
  #listeners = new Map();
  #make;
  sent = [];
  constructor(make) {
    this.#make = make;
    this.state = make();
  }
  get(name) {
    return name === "told" ? this.state : undefined;
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
  tell(event, ...content) {
    for (const fn of this.#listeners.get(event) ?? []) fn(...content);
  }
  send(message) {
    this.sent.push(message);
    if (message.do !== "look") return;
    this.state = this.#make();
    this.tell("change:told");
  }
}

const NOTHING = {
  ...Object.fromEntries(["bytes", "received", "stored", "control", "filtered"].map((name) => [name, 0])),
  ...Object.fromEntries(["duplicate", "invalid", "shown", "suppressed", "evicted"].map((name) => [name, 0])),
  gaps: 0,
};
const empty = (state, more = {}) => {
  const now = Date.now();
  const status = { state, since: now - 3000, attempt: 0, attempts: 10, next_retry_at: null, cause: "" };
  return told({
    gap: false,
    began: 3,
    rate: () => 0,
    totals: NOTHING,
    kept: [0, 1_000_000],
    rows: 0,
    severities: [0, 0, 0, 0],
    types: [],
    others: [0, 0],
    lag: null,
    status: { ...status, last_event_at: null, last_byte_at: null },
    ...more,
  });
};
const failed = () => {
  const base = told({});
  const since = base.now - 31 * SECOND;
  const ended = { start: since - 40 * SECOND, cause: "10 attempts, last: 503 Service Unavailable" };
  const keep = ({ 0: at }) => at * SECOND < ended.start;
  return {
    ...base,
    status: {
      ...base.status,
      state: "exhausted",
      since,
      cause: ended.cause,
      last_event_at: ended.start - 2000,
      last_byte_at: ended.start,
    },
    states: [
      ...base.states.slice(0, -1),
      [base.states.at(-1)[0], "open", ended.start, ""],
      [ended.start, "retrying", since, "503 Service Unavailable"],
      [since, "exhausted", null, ended.cause],
    ],
    gaps: [...base.gaps, [ended.start, null, "503 Service Unavailable", null]],
    seconds: base.seconds.filter(keep),
    quarters: base.quarters.filter(keep),
  };
};
const HOSTILE_TYPES = [
  ["<img src=x onerror=alert(1)>", 900],
  ["unbroken".repeat(10), 200],
  ["__proto__", 100],
  ["حالة.المشروع", 50],
  ["\u202etxt.exe $x$", 5],
];

/** Each scene is given `dashboard(make)`, which shows one and returns its model. */
export const DASHBOARDS = {
  "dashboard-live": (dashboard) => dashboard(() => told()),
  "dashboard-hour": (dashboard) => {
    const model = dashboard(() => told({ began: 3000 }));
    model.part("range-quarters").click();
  },
  "dashboard-empty": (dashboard) => dashboard(() => empty("open")),
  "dashboard-unsigned": (dashboard) => dashboard(() => empty("unauthenticated", { began: null, states: [] })),
  "dashboard-flood": (dashboard) =>
    dashboard(() => {
      const flood = told({ rate: (age) => 48_200 + 2_600 * Math.sin(age / 9), scale: 9_973, gap: false });
      flood.totals.evicted = 11_526_088;
      flood.kept = [1_000_000, 1_000_000];
      flood.rows = 1_000_000;
      flood.severities = [639_331, 318_472, 9_554, 32_643];
      flood.types = flood.types.map(([name], n) => [name, [407_643, 311_306, 160_033, 32_643, 30_254][n]]);
      flood.others = [212, 58_121];
      flood.lag = [2.314, 1.902, 1000];
      return flood;
    }),
  "dashboard-error": (dashboard) => dashboard(failed),
  "dashboard-gone": (dashboard) => {
    const model = dashboard(() => told());
    setTimeout(() => model.tell("comm_live_update"), 50);
  },
  "dashboard-replay": (dashboard) =>
    dashboard(() => told({ tempo: 0, virtual: true, name: "incident.ssecast" })),
  "dashboard-hostile": (dashboard) =>
    dashboard(() => told({ name: "<b>name</b>".repeat(9), types: HOSTILE_TYPES, others: [1, 1] })),
  "dashboard-view": (dashboard) =>
    dashboard(() =>
      told({
        view: true,
        name: 'api.example.com where severity == "error"',
        rows: 41,
        severities: [0, 0, 0, 41],
        types: [["build.failed", 41]],
        others: [0, 0],
      }),
    ),
};
