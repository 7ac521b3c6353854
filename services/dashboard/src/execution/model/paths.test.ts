import { describe, expect, it } from "vitest";

import { parentPath, plannedPath, repetitionOf } from "./paths";

describe("a path", () => {
  it.each([
    ["order", "order"],
    ["order[1]", "order"],
    ["each/get[2]", "each/get"],
    ["group/pay@2", "group/pay"],
    ["each/group[12]@3/pay[0]@2/card", "each/group/pay/card"],
  ])("%s is of the planned step %s", (path, planned) => {
    expect(plannedPath(path)).toBe(planned);
  });

  it.each([
    ["order", null, 1],
    ["order[1]", 1, 1],
    ["group/pay@2", null, 2],
    ["each/get[10]@3", 10, 3],
    ["each/group[4]@2/pay", null, 1],
  ])("%s says its own pass and attempt, not those of what it lies in", (path, iteration, attempt) => {
    expect(repetitionOf(path)).toEqual({ iteration, attempt });
  });

  it("says what the step lies in", () => {
    expect(parentPath("each/group[4]@2/pay")).toBe("each/group[4]@2");
    expect(parentPath("order[1]")).toBeNull();
  });
});
