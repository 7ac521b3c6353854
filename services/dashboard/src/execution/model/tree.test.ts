import { describe, expect, it } from "vitest";

import type { ExecutionView, StepView } from "../contract";
import { pending, planned, step } from "../testing/stories";
import { parentPath } from "./paths";
import { failures, find, rowsOf } from "./rows";
import { fromSnapshot } from "./state";
import { type Node, treeOf } from "./tree";

type Told = string | [path: string, status: StepView["status"]];

/** The tree of an execution of which these steps are recorded, in the order in which they began. */
function tree(status: ExecutionView["status"], plan: readonly string[], told: readonly Told[]): Node[] {
  const steps = told.map((one, index) => {
    const [path, ended] = typeof one === "string" ? [one, "passed" as const] : one;
    return step(path, { step_number: index + 1, parent_path: parentPath(path), status: ended });
  });
  return treeOf(fromSnapshot(pending({ status, run: 1, planned: plan.map((path) => planned(path)), steps })), 1);
}

function shown(nodes: readonly Node[]): string[] {
  const rows = rowsOf(nodes, { filter: "all", text: "", folded: new Set() });
  return rows.map(({ node, level }) => `${"  ".repeat(level - 1)}${node.key} ${node.status}`);
}

const LOOP = ["each", "each/get", "each/check", "end"];

describe("the tree of a run", () => {
  it("has the steps of each row of data, and of the plan nothing besides", () => {
    const nodes = tree("passed", ["order", "say"], ["order[0]", "order[1]", "say[0]", "say[1]"]);

    expect(shown(nodes)).toEqual(["order[0] passed", "say[0] passed", "order[1] passed", "say[1] passed"]);
    expect(nodes[0]?.status).toBe("passed");
  });

  it("has the passes of a loop in the loop, and of the plan nothing besides", () => {
    const nodes = tree("passed", LOOP, ["each", "each/get[0]", "each/check[0]", "each/get[1]", "each/check[1]", "end"]);

    expect(shown(nodes)).toEqual([
      "each passed", "  each/get[0] passed", "  each/check[0] passed", "  each/get[1] passed", "  each/check[1] passed", "end passed",
    ]);
  });

  it("puts the tenth pass behind the ninth, however they began", () => {
    const nodes = tree("passed", LOOP, ["each", "each/get[10]", "each/get[9]", "each/check[9]", "each/check[10]", "end"]);

    expect(find(nodes, "each")?.children.map(({ key }) => key)).toEqual(["each/get[9]", "each/check[9]", "each/get[10]", "each/check[10]"]);
  });

  it("knows the steps in attempts and in passes of what is itself repeated", () => {
    const plan = ["each", "each/again", "each/again/pay"];
    const nodes = tree("passed", plan, ["each", "each/again[0]", "each/again[0]/pay", "each/again[1]", "each/again[1]/pay", "each/again[1]/pay@2"]);

    expect(shown(nodes)).toEqual([
      "each passed",
      "  each/again[0] passed",
      "    each/again[0]/pay passed",
      "  each/again[1] passed",
      "    each/again[1]/pay passed",
      "    each/again[1]/pay@2 passed",
    ]);
  });

  it("shows what has not begun inside its parent, behind the pass under way", () => {
    const before = tree("running", LOOP, []);
    const during = tree("running", LOOP, [["each", "running"], ["each/get[0]", "running"]]);

    expect(shown(before)).toEqual(["each planned", "  each/get planned", "  each/check planned", "end planned"]);
    expect(shown(during)).toEqual(["each running", "  each/get[0] running", "  each/check planned", "end planned"]);
  });

  it("shows what has not begun in the latest repetition of its parent", () => {
    const nodes = tree("running", ["each", "each/group", "each/group/pay"], [
      ["each", "running"], "each/group[0]", ["each/group[1]", "running"],
    ]);

    expect(find(nodes, "each/group[0]")?.children).toEqual([]);
    expect(find(nodes, "each/group[1]")?.children.map(({ key }) => key)).toEqual(["each/group/pay"]);
  });

  it("says of a finished run that a step did not run only where none of its passes has a record", () => {
    const nodes = tree("failed", LOOP, [["each", "failed"], ["each/get[0]", "failed"]]);

    expect(shown(nodes)).toEqual(["each failed", "  each/get[0] failed", "  each/check not_run", "end not_run"]);
  });

  it("loses no planned step whose parent nobody planned", () => {
    expect(shown(tree("error", ["lost/inner"], []))).toEqual(["lost/inner not_run"]);
  });

  it("says of each repetition which one it is, of attempts only where there are more than one", () => {
    const nodes = tree("passed", ["once", "once/a", "again", "again/a"], ["once", "once/a", "again", "again/a", "again/a@2", "row[3]"]);
    const told = ["once/a", "again/a", "again/a@2", "row[3]"].map((key) => find(nodes, key));

    expect(told.map((node) => [node?.iteration, node?.attempt])).toEqual([[null, null], [null, 1], [null, 2], [3, null]]);
  });
});

describe("failures in attempts", () => {
  const plan = ["again", "again/call", "again/call/ask"];
  const inside: Told[] = [["again/call", "failed"], ["again/call/ask", "failed"]];

  it("are none of the run where a later attempt passed, nor is what lies in them", () => {
    const nodes = tree("passed", plan, ["again", ...inside, "again/call@2", "again/call@2/ask"]);

    expect(failures(nodes)).toEqual([]);
  });

  it("are failures of the run where the last attempt went wrong too", () => {
    const nodes = tree("failed", plan, [["again", "failed"], ...inside, ["again/call@2", "error"]]);

    expect(failures(nodes).map(({ key }) => key)).toEqual(["again/call/ask", "again/call@2"]);
  });

  it("of a step that went on all the same are failures: no attempt came after them", () => {
    expect(failures(tree("passed", plan, ["again", ...inside])).map(({ key }) => key)).toEqual(["again/call/ask"]);
  });
});
