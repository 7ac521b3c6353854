import { expect, test } from "vitest";
import { readListSearch } from "./search";

const FLOW = "01a0c668-9da0-74ef-9a94-e3e8ab73738f";

// Routers hand over what an address says, whatever that is.
const read = (raw: Record<string, unknown>) => readListSearch(raw as Parameters<typeof readListSearch>[0]);

test("an address says which executions are listed", () => {
  expect(read({ status: "failed", flow: FLOW, cursor: "abc", limit: 100 })).toEqual({
    status: "failed",
    flow: FLOW,
    cursor: "abc",
    limit: 100,
  });
});

test("what makes no sense in an address is left out, and the list still opens", () => {
  expect(read({})).toEqual({ limit: 50 });
  expect(read({ status: "great", flow: "checkout", cursor: 7, limit: 51, more: true })).toEqual({ limit: 50 });
});
