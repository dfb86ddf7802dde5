// What the pictures show: every state, every severity, the hard cases.

const SECOND = 1000;

const status = (now, more) => ({
  state: "open",
  name: "api.example.com",
  since: now - 60 * SECOND,
  attempt: 0,
  attempts: 10,
  next_retry_at: null,
  last_event_at: now - 2 * SECOND,
  last_byte_at: now - 2 * SECOND,
  count: 1256,
  cause: "",
  now,
  ...more,
});

export const STATUSES = {
  unauthenticated: (now) => status(now, { state: "unauthenticated", last_event_at: null, count: 0 }),
  connecting: (now) => status(now, { state: "connecting", last_event_at: null, count: 0 }),
  open: (now) => status(now, {}),
  stale: (now) =>
    status(now, { state: "stale", last_byte_at: now - 47 * SECOND, cause: "heartbeat is 15 s" }),
  retrying: (now) =>
    status(now, {
      state: "retrying",
      since: now - 9 * SECOND,
      next_retry_at: now + 6 * SECOND,
      attempt: 4,
      cause: "connection refused",
    }),
  exhausted: (now) => status(now, { state: "exhausted", attempt: 10, cause: "503 Service Unavailable" }),
  unauthorized: (now) => status(now, { state: "unauthorized", cause: "the token expired at 14:05" }),
  disconnected: (now) => status(now, { state: "disconnected", since: now - 190 * SECOND }),
  closed: (now) => status(now, { state: "closed", since: now - 190 * SECOND }),
};

const toast = (at, more) => ({
  id: 0,
  rev: 0,
  severity: "info",
  title: "",
  text: "",
  count: 1,
  at,
  duration: 5 * SECOND,
  seq: 5,
  type: "project.status",
  resource: "p-1",
  actions: [],
  ...more,
});

export const TOASTS = {
  error: (at) =>
    toast(at, {
      severity: "error",
      title: "Build failed",
      count: 37,
      text: "12 workloads · latest wl-123: exit code 1",
      duration: null,
      type: "build.failed",
      resource: "wl-123",
      actions: ["Acknowledge", "Open logs"],
    }),
  warning: (at) =>
    toast(at, {
      severity: "warning",
      title: "wl-17 degraded",
      text: "1 of 3 replicas available",
      type: "workload.status",
      resource: "wl-17",
      actions: ["Acknowledge"],
    }),
  success: (at) => toast(at, { severity: "success", title: "Build completed", text: "wl-123 in 48 s" }),
  info: (at) => toast(at, { title: "Project p-1 is ready" }),
};

const SUMMARY = (at) =>
  toast(at, {
    severity: "error",
    title: "Many more events",
    count: 9_312,
    text: "14 types · 120 errors · 300 warnings · latest Build failed",
    type: "",
    resource: "",
    duration: null,
  });

const TIMELINE = (now) =>
  [
    [86_500, "connecting", ""],
    [86_499.7, "open", ""],
    [4_000, "stale", "heartbeat is 15 s"],
    [3_960, "open", ""],
    [190, "retrying", "the connection broke: the server closed it"],
    [189, "connecting", ""],
    [188.9, "retrying", "connection refused"],
    [60, "connecting", ""],
    [59.8, "open", ""],
  ].map(([ago, state, cause], at, all) => [
    now - ago * SECOND,
    all[at + 1] ? now - all[at + 1][0] * SECOND : null,
    state,
    0,
    cause,
  ]);

const numbered = (toasts) => toasts.map((one, n) => ({ ...one, id: n + 1 }));
const four = (now) => numbered(Object.values(TOASTS).map((make) => ({ ...make(now), duration: null })));

const LONG = "The quick brown fox jumps over the lazy dog and then explains why it did so. ".repeat(6);
const HOSTILE = numbered([
  {
    ...TOASTS.error(0),
    title: "<img src=x onerror=alert(1)>",
    text: "<script>alert(1)</script> $x^2$ `rm -rf` [a](javascript:b)",
  },
  { ...TOASTS.warning(0), title: "A title that does not end ".repeat(9), text: LONG },
  { ...TOASTS.success(0), title: "unbroken".repeat(40), text: "0123456789".repeat(40), count: 123456 },
  { ...TOASTS.info(0), title: "\u202etxt.exe \u0007\u001b[31m", text: "one\ntwo\n\nfour مرحبا بالعالم" },
]);

/** Each scene is given `cell(state)`, which shows one widget and returns its `model`. */
export const SCENES = {
  states: (cell) => {
    const now = Date.now();
    for (const make of Object.values(STATUSES)) cell({ status: make(now) });
    cell({ status: STATUSES.open(now) }).model.tell("comm_live_update");
  },
  toasts: (cell) => {
    const now = Date.now();
    cell({ status: STATUSES.open(now), toasts: four(now) });
  },
  /** The second and third have gone: their places stay empty, and the room is kept. */
  places: (cell) => {
    const now = Date.now();
    const status = {
      ...STATUSES.retrying(now),
      cause: "the backend is being deployed: 503 Service Unavailable",
    };
    const { model } = cell({ status });
    const toasts = four(now).map((one, n) => (n % 3 ? { ...one, duration: 100 } : one));
    model.change({ toasts });
  },
  storm: (cell) => {
    const now = Date.now();
    const makers = Object.values(TOASTS);
    const toasts = Array.from({ length: 16 }, (_, n) => ({
      ...makers[n % 4](now),
      title: ["Build failed", "Replicas missing", "Build completed", "Project ready"][n % 4],
      text: `wl-${100 + n}`,
      count: n + 1,
    }));
    const { model } = cell({ status: { ...STATUSES.open(now), count: 1_204_381 } });
    model.change({ toasts: numbered(toasts), more: 312 });
  },
  hostile: (cell) => {
    const now = Date.now();
    const name = "<b>wl</b> ".repeat(20);
    cell({
      status: { ...STATUSES.retrying(now), name, cause: LONG },
      toasts: HOSTILE.map((one) => ({ ...one, at: now - 3_700 * SECOND, duration: null })),
    });
  },
  /** One toast stands for the rest of a storm; below it what is muted. */
  summary: (cell) => {
    const now = Date.now();
    const { model } = cell({ status: { ...STATUSES.open(now), count: 10_000 } });
    const some = [TOASTS.error(now), TOASTS.warning(now), TOASTS.success(now), SUMMARY(now)];
    model.change({
      toasts: numbered(some.map((one) => ({ ...one, duration: null }))),
      mutes: [
        { type: "workload.status", resource: null, until: now + 840 * SECOND, suppressed: 12 },
        { type: null, resource: "wl-17", until: now + 90 * SECOND, suppressed: 1 },
      ],
    });
  },
  /** The buttons say what to mute. */
  muting: (cell) => {
    const now = Date.now();
    const { model, el } = cell({ status: STATUSES.open(now) });
    model.change({ toasts: four(now) });
    const root = el.firstElementChild.shadowRoot;
    for (const mute of root.querySelectorAll("[data-part=mute]")) mute.click();
  },
  timeline: (cell) => {
    const now = Date.now();
    const { el } = cell({ status: STATUSES.open(now), timeline: TIMELINE(now) });
    el.firstElementChild.shadowRoot.querySelector("[data-part=state]").click();
  },
  /** Alarms that were dismissed, and drops that are too young for one. */
  calm: (cell) => {
    const now = Date.now();
    for (const state of ["stale", "retrying", "exhausted"]) {
      const { el } = cell({ status: STATUSES[state](now) });
      el.firstElementChild.shadowRoot.querySelector("[data-part=hush]").click();
    }
    const { model } = cell({ status: STATUSES.open(now) });
    model.change({ status: { ...STATUSES.retrying(now), since: now } });
  },
  compact: (cell) => {
    const now = Date.now();
    for (const make of Object.values(STATUSES)) cell({ status: make(now), part: "compact" });
    cell({ status: STATUSES.open(now), part: "compact" }).model.tell("comm_live_update");
  },
  "toasts-alone": (cell) => {
    const now = Date.now();
    cell({ status: STATUSES.open(now), toasts: four(now), part: "toasts" });
  },
};
