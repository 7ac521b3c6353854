import { describe, expect, it } from "vitest";
import { rowsOf } from "../model/rows";
import { fromSnapshot } from "../model/state";
import { treeOf } from "../model/tree";
import { pending, step } from "../testing/stories";
import { targetOf } from "./keys";

const NESTED = fromSnapshot(
  pending({ run: 1, steps: [step("a"), step("b", { step_number: 2 }), step("b/c", { step_number: 3, parent_path: "b" })] }),
);
const TREE = treeOf(NESTED, 1);
const OPEN = rowsOf(TREE, { filter: "all", text: "", folded: new Set() });
const SHUT = rowsOf(TREE, { filter: "all", text: "", folded: new Set(["b"]) });

describe("a key in the waterfall", () => {
  it.each([
    ["ArrowDown", 0, { kind: "move", to: 1 }],
    ["ArrowDown", 2, { kind: "move", to: 2 }],
    ["ArrowUp", 0, { kind: "move", to: 0 }],
    ["Home", 2, { kind: "move", to: 0 }],
    ["End", 0, { kind: "move", to: 2 }],
    ["PageDown", 0, { kind: "move", to: 2 }],
    ["Enter", 1, { kind: "open" }],
  ])("%s at row %i moves or opens", (key, at, target) => {
    expect(targetOf(key, OPEN, at)).toEqual(target);
  });

  it("folds and unfolds, and goes to what a step lies in", () => {
    expect(targetOf("ArrowLeft", OPEN, 1)).toEqual({ kind: "fold", key: "b", shut: true });
    expect(targetOf("ArrowRight", SHUT, 1)).toEqual({ kind: "fold", key: "b", shut: false });
    expect(targetOf("ArrowRight", OPEN, 1)).toEqual({ kind: "move", to: 2 });
    expect(targetOf("ArrowLeft", OPEN, 2)).toEqual({ kind: "move", to: 1 });
  });

  it("is left to others where it means nothing", () => {
    expect(targetOf("n", OPEN, 0)).toBeNull();
    expect(targetOf("ArrowLeft", OPEN, 0)).toBeNull();
    expect(targetOf("ArrowRight", OPEN, 0)).toBeNull();
    expect(targetOf("ArrowDown", [], 0)).toBeNull();
  });
});
