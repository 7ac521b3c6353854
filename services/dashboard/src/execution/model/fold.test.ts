import { describe, expect, it } from "vitest";

import { at, ID, pending, planned, random, snapshot, step, story } from "../testing/stories";
import { fold } from "./fold";
import { fromSnapshot, runNumbers, type State } from "./state";

/** What the page shows of a state; who says a thing, and whether it is final yet, is passed over. */
function shown(state: State) {
  const runs = [...state.runs].map(([run, steps]) => [run, [...steps.values()].toSorted((a, b) => a.step_number - b.step_number)]);
  const { duration_ms: _, error_message: _m, ...head } = state.head;
  return { head, runs: runs.toSorted(([one], [other]) => Number(one) - Number(other)) };
}

function event(type: string, data: object, time = at(0)) {
  return { id: "0:1", type, time, data: { execution_id: ID, run: 1, seq: 1, ...data } };
}

function begun(path: string, started = 0, run = 1) {
  return { path, run, step_id: path, name: path, action: "log", phase: "steps", number: 1, started_at: at(started) };
}

describe("events folded into a state", () => {
  const seeds = Array.from({ length: 120 }, (_, index) => index + 1);

  it.each(seeds)("come to the same wherever a snapshot cuts them and whatever is repeated (seed %i)", (seed) => {
    const next = random(seed * 7919);
    const events = story(seed);
    const whole = fold(fromSnapshot(pending()), events);
    const cut = Math.floor(next() * (events.length + 1));
    const overlap = Math.max(0, cut - Math.floor(next() * 8));
    let state = fromSnapshot(snapshot(events.slice(0, cut)));
    for (let place = overlap; place < events.length; place += 1) {
      const back = Math.max(0, place - Math.floor(next() * 5));
      state = fold(state, events.slice(back, place + 1));
    }

    expect(shown(state)).toEqual(shown(whole));
    expect(shown(fromSnapshot(snapshot(events))).runs).toEqual(shown(whole).runs);
  });

  it("say nothing new the second time: the same object comes back", () => {
    const events = story(3).filter(({ type }) => type !== "execution.started");
    const state = fold(fromSnapshot(pending()), story(3));

    expect(fold(state, events)).toBe(state);
  });

  it("leave the state that they came to untouched", () => {
    const before = fold(fromSnapshot(pending()), [event("step.started", begun("a"))]);
    fold(before, [event("step.finished", { ...begun("a"), status: "failed", finished_at: at(3), duration_ms: 3 })]);

    expect(before.runs.get(1)?.get("a")?.status).toBe("running");
  });

  it("begin a new run with a greater number, and what the old one had open is lost", () => {
    const state = fold(fromSnapshot(pending()), [
      event("step.started", begun("a")),
      event("execution.started", { run: 2, runner_id: "second", started_at: at(40), planned: [] }, at(40)),
      event("step.finished", { ...begun("a"), status: "passed", finished_at: at(50), duration_ms: 50 }),
    ]);

    expect(runNumbers(state)).toEqual([1, 2]);
    expect(state.runs.get(1)?.get("a")).toMatchObject({ status: "error", error_code: "runner_lost", duration_ms: 40 });
    expect(state.head.run).toBe(2);
  });

  it("of a run that was taken over are not heard any more", () => {
    const second = fold(fromSnapshot(pending()), [
      event("execution.started", { run: 2, runner_id: "second", started_at: at(40), planned: [planned("a")] }),
    ]);
    const late = fold(second, [
      event("execution.started", { run: 1, runner_id: "first", started_at: at(1), planned: [planned("z")] }),
      event("step.started", begun("z")),
      event("execution.finished", { run: 1, status: "passed", finished_at: at(50), outputs: { from: "the first" } }),
    ]);

    expect(late).toBe(second);
  });

  it("show the plan of an execution that waits, and why it waits", () => {
    const view = pending({ planned: [planned("a"), planned("b")] });
    const state = fold(fromSnapshot(view), [event("execution.delayed", { run: 0, reason: "the key is held" })]);

    expect(state.head).toMatchObject({ status: "pending", delayed_reason: "the key is held" });
    expect(state.head.planned).toHaveLength(2);
  });

  it("never change a result: the first end stays", () => {
    const state = fold(fromSnapshot(pending()), [
      { type: "execution.completed", data: { execution_id: ID, status: "error", finished_at: at(9), run: 1, lost_events: 2 } },
      { type: "execution.completed", data: { execution_id: ID, status: "passed", finished_at: at(10), run: 1 } },
      event("execution.started", { runner_id: "late", started_at: at(1), planned: [] }),
    ]);

    expect(state.head).toMatchObject({ status: "error", lost_events: 2, finished_at: at(9) });
  });

  it("are not a result before storage has said it: the word of the runner alone turns nothing green", () => {
    const running = fromSnapshot(pending({ status: "running", run: 1, steps: [step("a")] }));
    const state = fold(running, [event("execution.finished", { status: "passed", finished_at: at(9) })]);

    expect(state.head.status).toBe("running");
    expect(state.finishing).toBe(true);
  });

  it("of unknown types are passed over", () => {
    const state = fromSnapshot(pending());

    expect(fold(state, [{ type: "step.dreamt", data: { run: 1 } }, { type: "step.started", data: null }, { type: "step.started" }])).toBe(state);
  });

  it("take the later of two beginnings of a step", () => {
    const state = fold(fromSnapshot(pending()), [
      event("step.started", begun("a", 5)),
      event("step.finished", { ...begun("a", 5), status: "failed", finished_at: at(8), duration_ms: 3 }),
      event("step.started", begun("a", 20)),
      event("step.started", begun("a", 5)),
    ]);

    expect(state.runs.get(1)?.get("a")).toMatchObject({ status: "running", started_at: at(20) });
  });
});
