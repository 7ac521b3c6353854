import { describe, expect, it } from "vitest";

import { at, pending, planned, step } from "../testing/stories";
import { axisOf, extentOf, extentOfGroup, ticksOf } from "./axis";
import { ancestors, failures, find, nextFailure, rowsOf, type Shown } from "./rows";
import { fromSnapshot } from "./state";
import { treeOf } from "./tree";

const ALL: Shown = { filter: "all", text: "", folded: new Set() };

const NESTED = fromSnapshot(
  pending({
    status: "failed",
    run: 1,
    planned: [planned("log_in", "setup"), planned("pay"), planned("ship"), planned("clean", "teardown")],
    steps: [
      step("log_in", { phase: "setup", step_number: 1 }),
      step("pay", { step_number: 2, status: "failed", duration_ms: 900, started_at: at(10) }),
      step("pay[0]/card", { step_number: 3, parent_path: "pay", iteration: 0, started_at: at(10) }),
      step("pay[1]/card", { step_number: 4, parent_path: "pay", status: "failed", error_message: "no money", started_at: at(20) }),
      step("clean", { phase: "teardown", step_number: 5, status: "error", started_at: at(910) }),
    ],
  }),
);
const TREE = treeOf(NESTED, 1);

function keys(shown: Partial<Shown>): string[] {
  return rowsOf(TREE, { ...ALL, ...shown }).map((row) => row.node.key);
}

describe("the rows of a run", () => {
  it("stand in the order of the flow, under their phases, nested in their parents", () => {
    expect(keys({})).toEqual([
      "phase:setup", "log_in", "phase:steps", "pay", "pay[0]/card", "pay[1]/card", "ship", "phase:teardown", "clean",
    ]);
  });

  it("say to a treegrid their level, place and number of siblings", () => {
    const row = rowsOf(TREE, ALL).find(({ node }) => node.key === "pay[1]/card");

    expect(row).toMatchObject({ level: 3, position: 2, siblings: 2, parent: "pay", expanded: null });
  });

  it("of a flow without setup and teardown have no phases", () => {
    const state = fromSnapshot(pending({ planned: [planned("a"), planned("b")] }));

    expect(rowsOf(treeOf(state, 1), ALL).map((row) => [row.node.key, row.level])).toEqual([["a", 1], ["b", 1]]);
  });

  it("hide what lies in a folded step", () => {
    expect(keys({ folded: new Set(["pay", "phase:setup"]) })).toEqual([
      "phase:setup", "phase:steps", "pay", "ship", "phase:teardown", "clean",
    ]);
  });

  it("that match a filter are shown with what they lie in, also out of a folded one", () => {
    const folded = new Set(["pay"]);

    expect(keys({ filter: "failed", folded })).toEqual(["phase:steps", "pay", "pay[1]/card", "phase:teardown", "clean"]);
    expect(keys({ text: "MONEY", folded })).toEqual(["phase:steps", "pay", "pay[1]/card"]);
    expect(keys({ filter: "slow" })).toEqual(["phase:steps", "pay"]);
  });

  it("of what was planned and not begun say whether it will come", () => {
    const running = fromSnapshot(pending({ status: "running", run: 1, planned: [planned("a")] }));

    expect(find(TREE, "ship")?.status).toBe("not_run");
    expect(find(treeOf(running, 1), "a")?.status).toBe("planned");
  });

  it("of a phase show the worst of its steps", () => {
    expect(TREE.map((node) => node.status)).toEqual(["passed", "failed", "error"]);
  });

  it("of a phase that ended before its last step show that, and no pass", () => {
    const cut = fromSnapshot(
      pending({
        status: "error",
        run: 1,
        planned: [planned("clean", "setup"), planned("pay"), planned("ship")],
        steps: [step("clean", { phase: "setup", step_number: 1 }), step("pay", { step_number: 2 })],
      }),
    );

    expect(treeOf(cut, 1).map((node) => node.status)).toEqual(["passed", "not_run"]);
  });
});

describe("failures", () => {
  it("are the steps that went wrong themselves", () => {
    expect(failures(TREE).map((node) => node.key)).toEqual(["pay[1]/card", "clean"]);
  });

  it("follow each other round, from wherever one is", () => {
    expect(nextFailure(TREE, null)).toBe("pay[1]/card");
    expect(nextFailure(TREE, "ship")).toBe("clean");
    expect(nextFailure(TREE, "clean")).toBe("pay[1]/card");
    expect(nextFailure(TREE, "clean", -1)).toBe("pay[1]/card");
    expect(nextFailure(treeOf(fromSnapshot(pending()), 1), null)).toBeNull();
  });

  it("can be unfolded", () => {
    expect(ancestors(TREE, "pay[1]/card")).toEqual(["phase:steps", "pay"]);
  });
});

describe("the time axis", () => {
  const axis = axisOf(TREE, at(0), Date.parse(at(5000)));

  it("goes from the begin of the run to the end of its last step", () => {
    expect(axis).toEqual({ start: Date.parse(at(0)), span: 920 });
  });

  it("goes to now while a step runs", () => {
    const state = fromSnapshot(pending({ status: "running", run: 1, steps: [step("a", { status: "running", started_at: at(0) })] }));

    expect(axisOf(treeOf(state, 1), at(0), Date.parse(at(4000)))?.span).toBe(4000);
  });

  it("leaves room while the run is under way, and grows in leaps", () => {
    const state = fromSnapshot(pending({ status: "running", run: 1, planned: [planned("a")] }));
    const spans = [100, 990, 4200, 4800].map((ms) => axisOf(treeOf(state, 1), at(0), Date.parse(at(ms)), true)?.span);

    expect(spans).toEqual([1000, 1250, 5000, 5000]);
  });

  it("is not there before anything began", () => {
    expect(axisOf(treeOf(fromSnapshot(pending()), 1), null, 0)).toBeNull();
  });

  it("gives a step its place, a skipped one none, a group the place of what is in it", () => {
    const known = axis ?? { start: 0, span: 1 };
    const pay = find(TREE, "pay")?.step ?? step("missing");

    expect(extentOf(pay, known, 0)?.left).toBeCloseTo(10 / 920);
    expect(extentOf({ ...pay, status: "skipped" }, known, 0)).toBeNull();
    expect(extentOfGroup(TREE[2] ?? TREE[0]!, known, 0)?.width).toBeCloseTo(10 / 920);
  });

  it("is labelled at round moments", () => {
    expect(ticksOf({ start: 0, span: 920 })).toEqual([0, 200, 400, 600, 800]);
    expect(ticksOf({ start: 0, span: 61_000 })).toEqual([0, 20_000, 40_000, 60_000]);
    expect(ticksOf({ start: 0, span: 1 })).toHaveLength(6);
  });
});
