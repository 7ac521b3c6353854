import { describe, expect, it } from "vitest";
import { readExecutionSearch } from "./search";

describe("the address of an execution's page", () => {
  it("says what is shown", () => {
    const search = { tab: "logs", run: 2, step: "pay[0]/card", panel: "assertions", filter: "failed", level: "error", of: "pay", find: "x" };

    expect(readExecutionSearch(search)).toEqual(search);
  });

  it("is taken for the default where it makes no sense", () => {
    expect(readExecutionSearch({ tab: "dreams", run: -1, panel: 7, filter: "all", level: "debug", step: "", q: null })).toEqual({});
    expect(readExecutionSearch({ run: 1.5 })).toEqual({});
  });

  it("may name a step by a number", () => {
    expect(readExecutionSearch({ step: 7 })).toEqual({ step: "7" });
  });
});
