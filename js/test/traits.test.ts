import { describe, expect, it } from "vitest";
import { readMore, readStatus, readToasts } from "../src/traits";
import { status, toast } from "./helpers";

describe("what the kernel sends", () => {
  it("is taken as it is when it is whole", () => {
    expect(readStatus(status())).toEqual(status());
    expect(readToasts([toast(1)])).toEqual([toast(1)]);
    expect(readMore(312)).toBe(312);
  });

  it.each([null, undefined, "open", 1, [], { state: 3 }, { state: "__proto__" }])(
    "is whole whatever it was: %j",
    (raw) => {
      expect(readStatus(raw)).toMatchObject({
        state: "connecting",
        name: "",
        count: 0,
        cause: "",
        next_retry_at: null,
      });
      expect(readToasts(raw)).toEqual([]);
      expect(readMore(raw)).toBe(typeof raw === "number" ? raw : 0);
    },
  );

  it("has no numbers that are none", () => {
    expect(readStatus(status({ last_event_at: Number.NaN, count: -4, since: "now" as never }))).toMatchObject(
      {
        last_event_at: null,
        count: 0,
        since: null,
      },
    );
  });

  it("loses a toast that can't be told from others, and only that one", () => {
    expect(readToasts([{ title: "no id" }, null, toast(2)]).map(({ id }) => id)).toEqual([2]);
  });

  it("has a severity that is known", () => {
    expect(readToasts([toast(1, { severity: "fatal" as never })])[0]?.severity).toBe("info");
  });

  it("keeps no toast for a negative time", () => {
    expect(
      readToasts([toast(1, { duration: -5 }), toast(2, { duration: null })]).map((t) => t.duration),
    ).toEqual([0, null]);
  });

  it("shows what would not be seen: control characters and marks that turn text around", () => {
    const [one] = readToasts([
      toast(1, { title: "\u202etxt.exe", text: "\u0000\u001b[31m\u009b\u2066a\nb\tc" }),
    ]);
    expect(one?.title).toBe("\ufffdtxt.exe");
    expect(one?.text).toBe("\ufffd\ufffd[31m\ufffd\ufffda\nb\tc");
  });

  it("is cut to a length that a page can bear", () => {
    expect(readStatus(status({ name: "x".repeat(1e6) })).name).toHaveLength(2000);
  });
});
