// A dashboard without a kernel: numbers that are made up, and add up.

const SECOND = 1000;
const AHEAD = 20; // seconds that come while one looks

/** What came in each second before `now`: `rate(age)` events, none where `dark(age)`. */
function series(now, width, number, rate, dark) {
  const last = Math.floor(now / SECOND / width) * width;
  const found = [];
  for (let index = number; index >= -AHEAD; index -= 1) {
    const at = last - index * width;
    let [events, warnings, errors] = [0, 0, 0];
    for (let second = at; second < Math.min(at + width, now / SECOND + AHEAD); second += 1) {
      const age = Math.floor(now / SECOND) - second; // in whole seconds: each time the same numbers
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

/** Parts of a whole, which add up to it. */
const parts = (whole, ...shares) => {
  const found = shares.map((share) => Math.round(whole * share));
  return [...found, whole - found.reduce((sum, n) => sum + n, 0)];
};

/** What the counters, the rows and their kinds are when this came in each second. */
function counted(seconds, gap) {
  const sum = (at) => seconds.reduce((all, item) => all + item[at], 0);
  const [stored, bytes, warnings, errors] = [1, 2, 3, 4].map(sum);
  const rest = { control: 21, filtered: Math.round(stored / 300), duplicate: 1, invalid: 1 };
  const received = stored + Object.values(rest).reduce((all, n) => all + n, 0);
  const shown = Math.min(stored, 47);
  const totals = {
    bytes,
    received,
    stored,
    ...rest,
    shown,
    suppressed: stored - shown,
    evicted: 0,
    gaps: gap,
  };
  const [success, info] = parts(stored - warnings - errors, 0.34);
  const [status, built, project, cluster, others] = parts(stored - errors, 0.43, 0.32, 0.17, 0.03);
  const types = [
    ["workload.status", status],
    ["build.completed", built],
    ["project.status", project],
    ["build.failed", errors],
    ["cluster.status", cluster],
  ].sort((a, b) => b[1] - a[1]);
  const severities = [info, success, warnings, errors];
  return { totals, kept: [stored, 1_000_000], rows: stored, severities, types, others: [7, others] };
}

/** All numbers, as a kernel tells them; `rate` of events. */
function told({ rate = wave, began = 240, gap = true, ...more } = {}) {
  const now = Date.now();
  const ago = (seconds) => now - seconds * SECOND;
  const dark = (age) => age > began || (gap && age >= GAP[0] && age <= GAP[1]);
  const seconds = series(now, 1, 300, rate, dark);
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
      last_event_at: ago(1),
      last_byte_at: ago(-AHEAD),
      cause: "",
    },
    ...counted(
      seconds.filter(([at]) => at <= now / SECOND),
      gap ? 1 : 0,
    ),
    reconnects: gap ? [["broken", 1]] : [],
    lag: [0.012, 0.009, 1000],
    states,
    gaps: gap ? [[ago(GAP[1]), ago(GAP[0]), "connection reset", false]] : [],
    seconds,
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
  const seconds = base.seconds.filter(keep);
  return {
    ...base,
    ...counted(seconds, 2),
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
    seconds,
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
      const flood = told({ rate: (age) => 48_200 + 2_600 * Math.sin(age / 9), gap: false });
      flood.totals.evicted = flood.totals.stored - 1_000_000;
      flood.kept = [1_000_000, 1_000_000];
      flood.rows = 1_000_000;
      flood.severities = [639_331, 318_472, 9_554, 32_643];
      const numbers = [407_643, 311_306, 160_033, 32_643, 30_254];
      const names = [
        "workload.status",
        "build.completed",
        "project.status",
        "build.failed",
        "cluster.status",
      ];
      flood.types = names.map((name, n) => [name, numbers[n]]);
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
    dashboard(() =>
      told({
        name: "<b>name</b>".repeat(9),
        rows: 1256,
        severities: [803, 400, 12, 41],
        types: HOSTILE_TYPES,
        others: [1, 1],
      }),
    ),
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
