// A feed without a kernel: rows that are made up, and the kernel's answers as far as the pictures need them.

const SECOND = 1000;
const SEVERITIES = ["info", "success", "warning", "error"];
const KINDS = [
  [3, "build.failed", "workload", "wl-123", "", "exit code 1: tests/test_api.py::test_login"],
  [2, "workload.status", "workload", "wl-17", "degraded", "1 of 3 replicas available"],
  [1, "build.completed", "workload", "wl-123", "", "sha256:9f2c… in 48 s"],
  [3, "cluster.status", "cluster", "c-eu-1", "unhealthy", "2 nodes not ready"],
  [0, "project.status", "project", "p-1", "ready", ""],
  [0, "workload.status", "workload", "wl-search", "running", "3 of 3 replicas are ready"],
  [1, "build.completed", "workload", "wl-mail", "", "sha256:77ab… in 31 s"],
  [0, "deploy.step", "workload", "wl-cart", "", "rolled out revision 41 to 2 of 3 nodes"],
];

export const HOSTILE = [
  [
    3,
    "<script>alert(1)</script>",
    "workload",
    "<img src=x onerror=alert(1)>",
    "",
    "\u202etxt.exe \u0007 [31m $x$",
  ],
  [
    2,
    "unbroken".repeat(20),
    "workload",
    "0123456789".repeat(20),
    "",
    "A message that does not end ".repeat(40),
  ],
  [0, "__proto__", "constructor", "مرحبا بالعالم", "حالة", "رسالة من العالم 123"],
];

/** A model as anywidget hands it over, with `size` rows behind it. */
export class FeedModel {
  #state;
  #listeners = new Map();
  #rows;
  #now = Date.now();
  watching = null;
  /** Answers nothing while it is busy. */
  busy = false;
  constructor({ size = 100_000, kinds = KINDS, gap = true, ...state } = {}) {
    this.#state = { filter: "", selected: [], name: "demo", ...state };
    this.size = size;
    this.kinds = kinds;
    this.gap = gap;
    this.#rows = (seq) => {
      const [severity, ...rest] = kinds[(seq * 7 + (seq >> 3)) % kinds.length];
      const age = (this.size - 1 - seq) * 2.3 * SECOND + 12 * SECOND;
      return [seq, this.#now - age, rest[0], severity, ...rest.slice(1), false];
    };
  }
  get(name) {
    return this.#state[name];
  }
  set(name, value) {
    this.#state[name] = value;
    this.tell(`change:${name}`);
  }
  save_changes() {}
  on(event, fn) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), fn]);
  }
  off(event, fn) {
    const left = (this.#listeners.get(event) ?? []).filter((other) => other !== fn);
    this.#listeners.set(event, left);
  }
  tell(event, ...content) {
    for (const fn of this.#listeners.get(event) ?? []) fn(...content);
  }
  send(ask) {
    if (this.busy) return;
    const say = (what) => setTimeout(() => this.tell("msg:custom", what), 5);
    if (ask.do === "page") {
      say(this.#page(ask));
      if (ask.picture && ask.filter) say(this.#clauses(ask));
    }
    if (ask.do === "row") say(this.#row(ask));
    if (ask.watch) this.watching = ask;
  }
  /** So many more have come. */
  arrive(number) {
    this.size += number;
    const { watching: ask } = this;
    if (!ask) return;
    const live = ask.watch === "live";
    const page = this.#page({ ...ask, mark: live ? null : ask.mark, at: 0, n: live ? ask.n : 0 });
    this.tell("msg:custom", {
      ...page,
      feed: "news",
      live,
      since: (ask.mark ?? [this.size - number - 1])[0],
      fresh: number,
    });
  }
  /** What the kernel would say of a filter of clauses that are joined by `and`. */
  #clauses({ view, filter }) {
    const asked = Math.min(5000, this.size);
    const parts = filter.split(" and ").map((text, n) => {
      const pass = Math.round(asked * [0.25, 0.41, 0.985, 0.002][n % 4]);
      const missing = n % 2 ? Math.round((asked - pass) / 3) : 0;
      const bare = text.startsWith("(") ? text.slice(1, -1) : text;
      return [bare, text, pass, asked - pass - missing, missing, 0, n ? 12 : 1203];
    });
    return { feed: "clauses", view, typed: filter, parts, asked, of: this.size, more: 0 };
  }
  #page({ view, ask, filter, severities, types = [], mark, at, n, refused = false }) {
    const answer = { feed: "page", view, ask, typed: filter };
    const wrong = filter.indexOf("severty");
    if (wrong >= 0) {
      return { ...answer, error: "no such field: severty", hint: "did you mean severity?", column: wrong };
    }
    if (filter.includes('> "error"')) answer.warnings = [['no severity is above "error"', filter]];
    const top = mark ? mark[0] : this.size - 1;
    const some = severities.length + types.length > 0;
    const wanted = (row) =>
      (!severities.length || severities.includes(SEVERITIES[row[3]])) &&
      (!types.length || types.includes(row[2])) &&
      (!refused || row[3] !== 3);
    const share = filter.includes("data.duration") ? 0.1025 : 1;
    const all = filter.includes("nothing") ? 0 : Math.round((top + 1) * (refused ? 1 - share : share));
    const items = [];
    const gap = this.gap && !some && !refused && all > 3;
    let seen = 0;
    for (let seq = top; seq >= 0 && items.length < n && all; seq -= 1) {
      if (!wanted(this.#rows(seq))) continue;
      if (gap && top - seq === 3 && seen++ >= at) {
        const end = this.#rows(seq + 1)[1] - 400;
        items.push([null, end - 41 * SECOND, end, "connection reset", false, 1]);
      }
      if (items.length < n && seen++ >= at) items.push(this.#rows(seq));
    }
    const counts = [0, 1, 2, 3].map((severity) => KINDS.filter((kind) => kind[0] === severity).length);
    const shares = counts.map((count) => Math.round((all * count) / KINDS.length));
    const named = new Map();
    for (const [, type] of this.kinds)
      named.set(type, (named.get(type) ?? 0) + Math.round(all / this.kinds.length));
    const chosen = (kind) =>
      (!severities.length || severities.includes(SEVERITIES[kind[0]])) &&
      (!types.length || types.includes(kind[1]));
    const matched = Math.round((all * this.kinds.filter(chosen).length) / this.kinds.length);
    const bins = Array.from(
      { length: 60 },
      (_, n) => 20 + Math.round(60 * Math.abs(Math.sin(n * 1.7) * Math.sin(n / 5))),
    );
    const bad = (n) => n % 17 === 4 || n % 17 === 5 || n === 52;
    return {
      ...answer,
      mark: [top, this.#now],
      at,
      items,
      total: matched + (gap ? 1 : 0),
      matched,
      of: all,
      kept: this.size,
      fresh: Math.max(0, this.size - 1 - top),
      severities: shares,
      types: all ? [...named].sort((a, b) => b[1] - a[1]).slice(0, 5) : [],
      bins: this.size
        ? {
            start: this.#now - 3600 * SECOND,
            width: 60 * SECOND,
            all: bins.map((count, n) => (n === 27 || n === 28 ? 0 : count)),
            warnings: bins.map((count, n) => (n % 7 === 2 ? Math.round(count / 5) : 0)),
            errors: bins.map((count, n) => (bad(n) ? Math.round(count * 0.55) : 0)),
            gaps: [27, 28],
          }
        : null,
    };
  }
  #row({ view, seq, filter = "" }) {
    const [, at, type, severity, kind, resource, status, message] = this.#rows(seq);
    const moment = new Date(at).toISOString().replace("T", " ");
    const text = (value) => ["text", value];
    const raw = JSON.stringify({ event_type: type, workload_id: resource, data: { message, attempt: 3 } });
    const stopped = filter
      .split(" and ")
      .filter((text) => text && severity !== 3)
      .map((text, n) => [
        text,
        ["value", "missing", "type"][n % 3],
        [SEVERITIES[severity], null, '"8080"'][n % 3],
      ]);
    return {
      feed: "row",
      view,
      seq,
      stopped,
      row: {
        seq,
        type,
        message,
        fields: [
          ["timestamp", moment],
          ["received_at", moment],
          ["id", `ev-${seq}`],
          ["severity", SEVERITIES[severity]],
          ...(status ? [["status", status]] : []),
          ["resource_type", kind],
          ["resource_id", resource],
          ["origin", "live"],
        ],
        tree: [
          "object",
          3,
          [
            ["event_type", text(type)],
            ["workload_id", text(resource)],
            [
              "data",
              [
                "object",
                5,
                [
                  ["message", text(message)],
                  ["attempt", ["number", "12345678901234567890"]],
                  ["cached", ["flag", "false"]],
                  ["parent", ["none", "null"]],
                  [
                    "steps",
                    [
                      "list",
                      3,
                      [
                        ["0", text("clone")],
                        ["1", text("build")],
                        ["2", text("test")],
                      ],
                    ],
                  ],
                ],
              ],
            ],
          ],
        ],
        raw,
        length: raw.length,
        curl: "curl -N https://api.example.com/api/v1/events/stream",
        pandas: `df.loc[[${seq}]]`,
      },
    };
  }
}

const within = (model, name) => {
  const host = model.el.querySelector(".sse-notebook");
  return host.shadowRoot.querySelector(name);
};
const type = (model, text) => {
  const input = within(model, "[data-part=filter]");
  input.value = text;
  input.dispatchEvent(new Event("input"));
};
const soon = (fn, ms = 80) => setTimeout(fn, ms);
/** Goes on when there is such an element: the machine may be slow. */
const when = (model, name, fn) => {
  const found = within(model, name);
  if (found) fn(found);
  else soon(() => when(model, name, fn), 20);
};
const ROW = '.line[data-kind="row"]';

/** Each scene is given `feed(state)`, which shows one feed and returns its model, with `el`. */
export const FEEDS = {
  "feed-live": (feed) => feed({}),
  "feed-empty": (feed) => feed({ size: 0, gap: false }),
  "feed-nothing": (feed) => {
    const model = feed({});
    soon(() => type(model, '"nothing" in message'));
  },
  "feed-error": (feed) => {
    const model = feed({});
    soon(() => type(model, 'project_id == "p-1" and severty == "error"'));
  },
  "feed-warning": (feed) => {
    const model = feed({});
    soon(() => type(model, 'severity > "error"'));
  },
  "feed-paused": (feed) => {
    const model = feed({ selected: [] });
    when(model, ROW, () => {
      within(model, "[data-part=pause]").click();
      soon(() => model.arrive(37), 250);
    });
  },
  "feed-flood": (feed) => {
    const model = feed({ size: 1_204_381 });
    when(model, ROW, () => {
      within(model, ".list").scrollTop = 3000;
      const read = () => within(model, "[data-part=standing]").textContent.includes("further down");
      const go = () => (read() ? soon(() => model.arrive(48_213), 250) : soon(go, 20));
      go();
    });
  },
  "feed-busy": (feed) => {
    const model = feed({});
    when(model, ROW, () => {
      model.busy = true;
      within(model, '[data-severity="error"].chip').click();
    });
  },
  "feed-drawer": (feed) => {
    const model = feed({});
    when(model, ROW, () => {
      within(model, '[data-severity="error"].chip').click();
      when(model, '.line[data-severity="error"]', (line) => {
        line.click();
        soon(() => model.arrive(12), 350);
      });
    });
  },
  "feed-clauses": (feed) => {
    const model = feed({});
    soon(() =>
      type(model, 'severity == "error" and data.duration > 30 and (project_id == "p-1" or has(id))'),
    );
  },
  "feed-checking": (feed) => {
    const model = feed({});
    when(model, ROW, () => {
      model.busy = true;
      type(model, 'severity == "error" and data.duration > 30');
    });
  },
  "feed-search": (feed) => {
    const model = feed({});
    when(model, ROW, () => {
      model.busy = true;
      type(model, "/replicas");
    });
  },
  "feed-types": (feed) => {
    const model = feed({});
    when(model, '[data-type="build.failed"]', (chip) => chip.click());
  },
  "feed-refused": (feed) => {
    const model = feed({});
    soon(() => type(model, 'severity == "error" and data.duration > 30'));
    when(model, "[data-part=clause]", () => {
      within(model, "[data-part=refused]").click();
      when(model, `[data-refused] ${ROW}`, (line) => line.click());
    });
  },
  "feed-relaxed": (feed) => {
    const model = feed({});
    soon(() => type(model, 'severity == "error" and data.duration > 30'));
    when(model, "[data-part=clause] button", (button) => button.click());
  },
  "feed-gone": (feed) => {
    const model = feed({});
    soon(() => model.tell("comm_live_update"));
  },
  "feed-hostile": (feed) => {
    const model = feed({ kinds: HOSTILE, size: 3, gap: false });
    when(model, ROW, (line) => line.click());
  },
};
