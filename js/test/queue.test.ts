import { describe, expect, it } from "vitest";
import { GRACE, NOTE, ToastQueue, TURN, WAITING } from "../src/queue";
import type { ToastData } from "../src/traits";
import { HandClock, T0, toast, toasts } from "./helpers";

/** A queue that somebody looks at. */
function watched(list: ToastData[] = [], more = 0) {
  const clock = new HandClock();
  let changes = 0;
  const queue = new ToastQueue(clock, () => {
    changes += 1;
  });
  queue.begin([], 0, T0);
  queue.release("away");
  const sync = (now: ToastData[], count = 0) => queue.sync(now, count, clock.now());
  if (list.length || more) sync(list, more);
  const ids = () => queue.snapshot.visible.map(({ id }) => id);
  return { clock, queue, sync, ids, changes: () => changes };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

describe("places", () => {
  it("are four; the others wait and are counted", () => {
    const { queue, ids } = watched(toasts(...range(1, 16)));
    expect(ids()).toEqual([1, 2, 3, 4]);
    expect(queue.snapshot.waiting).toBe(12);
  });

  it("are given to the next as one goes", () => {
    const { queue, ids } = watched(toasts(...range(1, 6)));
    queue.dismiss(2);
    expect(ids()).toEqual([1, 3, 4, 5]);
    expect(queue.snapshot.waiting).toBe(1);
  });

  it("are given to the worst first, then to the oldest", () => {
    const { sync, ids, clock } = watched(toasts(1, 2, 3, 4));
    sync([
      ...toasts(1, 2, 3, 4, 5),
      toast(6, { severity: "warning" }),
      toast(7, { severity: "error" }),
      toast(8, { severity: "error" }),
    ]);
    clock.pass(5_000);
    expect(ids()).toEqual([7, 8, 6, 5]);
  });
});

describe("those that stay", () => {
  const errors = (...ids: number[]) =>
    ids.map((id) => toast(id, { severity: "error", duration: null, title: `error ${id}` }));

  it("have all four places while nothing else is there to be seen", () => {
    const { ids, clock } = watched(errors(1, 2, 3, 4));
    clock.pass(1e9);
    expect(ids()).toEqual([1, 2, 3, 4]);
    expect(clock.pending).toBe(0);
  });

  it("make room for what comes, for its time, after their turn", () => {
    const { ids, clock, sync, queue } = watched(errors(1, 2, 3, 4));
    const list = [...errors(1, 2, 3, 4), toast(5), toast(6, { severity: "warning", duration: 8_000 })];
    sync(list);
    clock.pass(TURN - 1);
    expect(ids()).toEqual([1, 2, 3, 4]);
    clock.pass(1);
    expect(ids()).toEqual([1, 2, 3, 6]);
    clock.pass(8_000);
    expect(ids()).toEqual([1, 2, 3, 5]);
    clock.pass(5_000);
    expect(ids()).toEqual([1, 2, 3, 4]);
    expect(queue.snapshot.waiting).toBe(0);
    sync([...list, toast(7)]); // the turn is over: what comes now is seen at once
    expect(ids()).toEqual([1, 2, 3, 7]);
  });

  it("are all seen, one after the other, however many nobody dismisses", () => {
    const { ids, clock, queue } = watched(errors(...range(1, 9)));
    const seen = new Set(ids());
    for (let turn = 0; turn < 5; turn += 1) {
      clock.pass(TURN);
      for (const id of ids()) seen.add(id);
    }
    expect([...seen]).toEqual(range(1, 9));
    expect(ids().slice(0, 3)).toEqual([1, 2, 3]);
    expect([queue.snapshot.waiting, queue.snapshot.unshown]).toEqual([5, 0]);
  });

  it("keep their place while somebody points at one", () => {
    const { ids, clock, sync, queue } = watched(errors(1, 2, 3, 4));
    clock.pass(TURN);
    queue.hold("hover");
    sync([...errors(1, 2, 3, 4), toast(5)]);
    expect(ids()).toEqual([1, 2, 3, 4]);
    queue.release("hover");
    expect(ids()).toEqual([1, 2, 3, 5]);
  });

  it("keep their place for good when another was dismissed", () => {
    const { ids, clock, sync, queue } = watched(errors(1, 2, 3, 4));
    clock.pass(TURN);
    queue.dismiss(1);
    sync([...errors(2, 3, 4, 5), toast(6)]);
    expect(ids()).toEqual([2, 3, 4, 5]);
    clock.pass(TURN);
    expect(ids()).toEqual([2, 3, 4, 6]);
  });

  it("have their turn though more is counted in them", () => {
    const { ids, clock, sync } = watched(errors(1, 2, 3, 4));
    const seen = new Set<number>();
    for (let rev = 1; rev <= 20; rev += 1) {
      clock.pass(TURN / 10);
      sync([...errors(1, 2, 3, 4).map((one) => ({ ...one, rev, count: rev })), toast(5)]);
      for (const id of ids()) seen.add(id);
    }
    expect(seen.has(5)).toBe(true);
    expect(ids()).toEqual([1, 2, 3, 4]);
  });

  it("are still there when one that had a time became worse", () => {
    const { ids, clock, sync } = watched([...errors(1, 2, 3), toast(4)]);
    const summary = toast(4, { rev: 1, severity: "error", duration: null });
    sync([...errors(1, 2, 3), summary]);
    clock.pass(TURN);
    sync([...errors(1, 2, 3), summary, toast(5)]);
    expect(ids()).toEqual([1, 2, 3, 5]);
    clock.pass(5_000);
    expect(ids()).toEqual([1, 2, 3, 4]);
  });
});

describe("time", () => {
  it("takes a toast away when its duration is over, not before", () => {
    const { clock, ids } = watched([toast(1), toast(2, { duration: 8_000 })]);
    clock.pass(4_999);
    expect(ids()).toEqual([1, 2]);
    clock.pass(1);
    expect(ids()).toEqual([2]);
    clock.pass(3_000);
    expect(ids()).toEqual([]);
  });

  it("does not touch a toast without a duration", () => {
    const { clock, ids } = watched([toast(1, { duration: null })]);
    clock.pass(1e9);
    expect(ids()).toEqual([1]);
    expect(clock.pending).toBe(0);
  });

  it("begins for a waiting toast when it is shown", () => {
    const { clock, ids } = watched(toasts(...range(1, 5)));
    clock.pass(5_000);
    expect(ids()).toEqual([5]);
    clock.pass(4_999);
    expect(ids()).toEqual([5]);
    clock.pass(1);
    expect(ids()).toEqual([]);
  });

  it.each(["away", "hover", "focus"] as const)(
    "stands still while held (%s), and goes on from there",
    (reason) => {
      const { clock, queue, ids } = watched([toast(1)]);
      clock.pass(2_000);
      queue.hold(reason);
      expect(clock.pending).toBe(0);
      clock.pass(1e6);
      expect(ids()).toEqual([1]);
      queue.release(reason);
      clock.pass(2_999);
      expect(ids()).toEqual([1]);
      clock.pass(1);
      expect(ids()).toEqual([]);
    },
  );

  it("stands still until the last hold is gone", () => {
    const { clock, queue, ids } = watched([toast(1)]);
    queue.hold("hover");
    queue.hold("focus");
    queue.release("hover");
    clock.pass(1e6);
    expect(ids()).toEqual([1]);
    expect(queue.snapshot.held).toBe(true);
  });

  it("leaves a moment when the pointer goes, however little was left", () => {
    const { clock, queue, ids } = watched([toast(1)]);
    clock.pass(4_990);
    queue.hold("hover");
    queue.release("hover");
    clock.pass(GRACE - 1);
    expect(ids()).toEqual([1]);
    clock.pass(1);
    expect(ids()).toEqual([]);
  });
});

describe("a toast is shown once", () => {
  it("however often the list comes", () => {
    const { clock, sync, ids } = watched(toasts(1));
    sync(toasts(1));
    clock.pass(5_000);
    sync(toasts(1));
    expect(ids()).toEqual([]);
  });

  it("also when it was dismissed", () => {
    const { queue, sync, ids } = watched(toasts(1, 2));
    queue.dismiss(1);
    sync(toasts(1, 2));
    expect(ids()).toEqual([2]);
  });

  it("also when it leaves the list and comes back, however much later", () => {
    const { clock, sync, ids } = watched(toasts(1));
    for (const id of range(2, 700)) {
      sync(toasts(id));
      clock.pass(5_000);
    }
    sync(toasts(1, 700));
    expect(ids()).toEqual([]);
  });
});

describe("a fold (a higher rev)", () => {
  const more = { rev: 1, count: 2, title: "again" };

  it("changes a visible toast where it is, and its time begins anew", () => {
    const { clock, sync, queue, ids } = watched(toasts(1, 2));
    clock.pass(4_000);
    sync([toast(1, more), toast(2)]);
    expect(queue.snapshot.visible[0]).toEqual(toast(1, more));
    expect(ids()).toEqual([1, 2]);
    clock.pass(4_999);
    expect(ids()).toEqual([1]);
    clock.pass(1);
    expect(ids()).toEqual([]);
  });

  it("gives a held toast its whole time again, by the new duration", () => {
    const { clock, queue, sync, ids } = watched(toasts(1));
    clock.pass(4_000);
    queue.hold("hover");
    sync([toast(1, { ...more, duration: 8_000 })]);
    queue.release("hover");
    clock.pass(7_999);
    expect(ids()).toEqual([1]);
    clock.pass(1);
    expect(ids()).toEqual([]);
  });

  it("changes a waiting toast where it waits", () => {
    const { clock, sync, queue } = watched(toasts(...range(1, 5)));
    sync([...toasts(1, 2, 3, 4), toast(5, more)]);
    clock.pass(5_000);
    expect(queue.snapshot.visible).toEqual([toast(5, more)]);
  });

  it("brings back a toast that went by itself", () => {
    const { clock, sync, queue } = watched(toasts(1));
    clock.pass(5_000);
    sync([toast(1, more)]);
    expect(queue.snapshot.visible).toEqual([toast(1, more)]);
  });

  it("leaves alone a toast that a person dismissed", () => {
    const { queue, sync, ids } = watched(toasts(1));
    queue.dismiss(1);
    sync([toast(1, more)]);
    expect(ids()).toEqual([]);
  });

  it("brings back a dismissed toast that has become worse", () => {
    const { queue, sync, ids } = watched(toasts(1));
    queue.dismiss(1);
    sync([toast(1, { ...more, severity: "error" })]);
    expect(ids()).toEqual([1]);
  });

  it("does nothing with an old rev", () => {
    const { sync, queue } = watched([toast(1, more)]);
    sync([toast(1)]);
    expect(queue.snapshot.visible).toEqual([toast(1, more)]);
  });
});

describe("nothing vanishes uncounted", () => {
  it("counts what the kernel never listed", () => {
    const { queue, sync } = watched(toasts(1), 300);
    sync(toasts(1), 312);
    expect(queue.snapshot.unshown).toBe(312);
  });

  it("counts from the start when the kernel does", () => {
    const { queue, sync } = watched(toasts(1), 300);
    sync(toasts(1), 5);
    expect(queue.snapshot.unshown).toBe(305);
  });

  it("keeps waiting what the kernel lists no longer", () => {
    const { clock, sync, ids } = watched(toasts(...range(1, 6)));
    sync([]);
    clock.pass(5_000);
    expect(ids()).toEqual([5, 6]);
  });

  it("lets no more wait than a person would read, mildest and newest lost first", () => {
    const { queue, sync, clock } = watched(toasts(1, 2, 3, 4));
    sync(range(5, 5 + WAITING).map((id) => toast(id, { severity: id === 5 + WAITING ? "error" : "info" })));
    expect(queue.snapshot).toMatchObject({ waiting: WAITING, unshown: 1 });
    clock.pass(5_000);
    expect(queue.snapshot.visible.map(({ id }) => id)).toEqual([5 + WAITING, 5, 6, 7]);
  });

  it("does not count twice what was listed before the kernel let it go", () => {
    const { queue, sync } = watched(toasts(...range(1, 20)));
    sync(toasts(...range(11, 30)), 0); // 1 to 10 pushed out before their time …
    sync(toasts(...range(11, 30)), 10); // … which the kernel says in a message of its own
    expect(queue.snapshot.unshown).toBe(30 - 4 - WAITING);
  });

  it("counts nothing for a toast whose time was over when it left the list", () => {
    const { clock, queue, sync } = watched(toasts(1));
    clock.pass(6_000);
    sync(toasts(2));
    sync(toasts(2), 3);
    expect(queue.snapshot.unshown).toBe(3);
  });

  it("says the count a while longer than the last toast, then no more", () => {
    const { clock, queue } = watched(toasts(1), 7);
    clock.pass(5_000);
    expect(queue.snapshot).toMatchObject({ visible: [], unshown: 7 });
    clock.pass(NOTE - 1);
    expect(queue.snapshot.unshown).toBe(7);
    clock.pass(1);
    expect(queue.snapshot.unshown).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

describe("dismissing", () => {
  it("all takes away what waits and what is counted", () => {
    const { clock, queue, sync } = watched(toasts(...range(1, 9)), 7);
    queue.dismissAll();
    sync(toasts(...range(1, 9)), 7);
    expect(queue.snapshot).toEqual({ visible: [], waiting: 0, unshown: 0, held: false });
    expect(clock.pending).toBe(0);
  });

  it("what is not there does nothing", () => {
    const { queue, changes } = watched(toasts(...range(1, 5)));
    const before = changes();
    queue.dismiss(5); // waits
    queue.dismiss(99);
    expect(changes()).toBe(before);
  });
});

describe("a page that begins", () => {
  function begun(list: ToastData[], more = 0) {
    const clock = new HandClock();
    const queue = new ToastQueue(clock, () => {});
    queue.begin(list, more, T0);
    queue.release("away");
    return { clock, queue, ids: () => queue.snapshot.visible.map(({ id }) => id) };
  }

  it("does not show again what has had its time", () => {
    const { ids } = begun([
      toast(1, { at: T0 - 5_000 }),
      toast(2, { at: T0 - 4_999 }),
      toast(3, { at: T0 - 9e6, duration: null }),
    ]);
    expect(ids()).toEqual([2, 3]);
  });

  it("shows a toast for the rest of its time", () => {
    const { clock, ids } = begun([toast(1, { at: T0 - 2_000 })]);
    clock.pass(2_999);
    expect(ids()).toEqual([1]);
    clock.pass(1);
    expect(ids()).toEqual([]);
  });

  it("shows no toast for less than a moment", () => {
    const { clock, ids } = begun([toast(1, { at: T0 - 4_990 })]);
    clock.pass(GRACE - 1);
    expect(ids()).toEqual([1]);
  });

  it("does not report old losses", () => {
    expect(begun(toasts(1), 312).queue.snapshot.unshown).toBe(0);
  });

  it("shows an old toast when the kernel adds to it", () => {
    const { queue, ids } = begun([toast(1, { at: T0 - 6_000 })]);
    queue.sync([toast(1, { rev: 1 })], 0, T0);
    expect(ids()).toEqual([1]);
  });
});

describe("what the kernel takes back", () => {
  it("goes at once, waiting or visible, and is in no count", () => {
    const { queue, clock, ids } = watched(toasts(...range(1, 6)));
    queue.sync(toasts(3, 4, 7), 0, clock.now(), [1, 2, 5, 6, 99]);
    expect(ids()).toEqual([3, 4, 7]);
    expect(queue.snapshot).toMatchObject({ waiting: 0, unshown: 0 });
    queue.sync(toasts(3, 4, 7), 2, clock.now(), [1, 2, 5, 6]);
    expect(queue.snapshot.unshown).toBe(2);
  });
});

describe("the kernel is told", () => {
  it("what a person dismissed, with the number that it stood for; not what went by itself", () => {
    const { queue, clock } = watched([toast(1, { count: 3 }), ...toasts(...range(2, 5))]);
    const told: unknown[] = [];
    queue.dismissed = (list) => told.push(list);
    queue.dismiss(1);
    clock.pass(5_000);
    queue.sync(toasts(...range(6, 10)), 0, clock.now());
    queue.dismissAll();
    queue.dismissAll();
    expect(told).toEqual([[[1, 3]], [6, 7, 8, 9, 10].map((id) => [id, 1])]);
  });
});

describe("while somebody is busy with the toasts", () => {
  it.each(["hover", "focus"] as const)("no more come than there is room for (%s); then they do", (reason) => {
    const { queue, clock, ids } = watched(toasts(1));
    queue.room = () => 2;
    queue.hold(reason);
    queue.sync(toasts(1, 2, 3), 0, clock.now());
    expect([ids(), queue.snapshot.waiting]).toEqual([[1, 2], 1]);
    queue.release(reason);
    expect(ids()).toEqual([1, 2, 3]);
  });
});
