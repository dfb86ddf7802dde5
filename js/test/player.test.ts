import { afterEach, describe, expect, it, vi } from "vitest";
import type { PlayerModel, Wish } from "../src/replay/playback";
import { Player } from "../src/replay/player";
import { HandClock } from "./helpers";

/** What the kernel told, and what was asked of it. */
class Kernel implements PlayerModel {
  sent: Wish[] = [];
  #listeners = new Map<string, (content?: unknown) => void>();
  playback: unknown = { at: 0, started: 0, speed: 1, playing: false, ended: false };
  get(): unknown {
    return this.playback;
  }
  on(event: string, callback: (content?: unknown) => void): void {
    this.#listeners.set(event, callback);
  }
  off(event: string): void {
    this.#listeners.delete(event);
  }
  send(content: Wish): void {
    this.sent.push(content);
  }
  tell(event: string, content?: unknown): void {
    this.#listeners.get(event)?.(content);
  }
}

const life = new AbortController();
afterEach(() => document.body.replaceChildren());

function shown() {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => {} }));
  const [kernel, clock] = [new Kernel(), new HandClock()];
  new Player(kernel, document.body, life.signal, clock);
  const root = document.querySelector(".sse-notebook")?.shadowRoot as ShadowRoot;
  kernel.tell("msg:custom", { sketch: { duration: 60_000, events: 1, all: [1], gaps: [], marks: [] } });
  const range = root.querySelector<HTMLInputElement>("[data-part=scrubber]") as HTMLInputElement;
  const drag = (at: number) => {
    range.value = String(at);
    range.dispatchEvent(new Event("input"));
  };
  const at = () => root.querySelector("[data-part=position]")?.textContent;
  return { kernel, clock, root, drag, at };
}

describe("the player", () => {
  it("asks for the sketch, once", () => {
    expect(shown().kernel.sent).toEqual([{ do: "sketch" }]);
  });

  it("shows what is dragged at once, and asks for the last place", () => {
    const { kernel, clock, drag, at } = shown();
    for (const place of [10_000, 20_000, 30_000]) drag(place);
    expect(at()).toBe("0:30 / 1:00");
    clock.pass(200);
    expect(kernel.sent.slice(1)).toEqual([{ do: "seek", at: 30_000 }]);
  });

  it("is at rest once what was dragged is old: nothing ticks for nobody", () => {
    const { clock, drag, at } = shown();
    drag(30_000);
    clock.pass(5000);
    expect(clock.pending).toBe(0);
    expect(at()).toBe("0:00 / 1:00"); // the kernel has said nothing else
  });

  it("goes on while it plays", () => {
    const { kernel, clock, at } = shown();
    kernel.playback = { at: 5000, started: 0, speed: 10, playing: true, ended: false };
    kernel.tell("change:playback");
    clock.pass(1000);
    expect(at()).toBe("0:15 / 1:00");
  });

  it("can't be played without a kernel, and says so", () => {
    const { kernel, root } = shown();
    kernel.tell("comm_live_update");
    expect(root.querySelector<HTMLButtonElement>("[data-part=play]")?.disabled).toBe(true);
    expect(root.textContent).toContain("no kernel");
  });
});
