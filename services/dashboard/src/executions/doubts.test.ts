import { expect, test } from "vitest";
import { countOf, doubtsOf, reasonOf } from "./doubts";

const PASS = { status: "passed" as const, warnings: [], lost_events: 0, error_message: null, delayed_reason: null };

test("a pass without a doubt has none", () => {
  expect(doubtsOf(PASS)).toEqual([]);
  expect(reasonOf(PASS)).toBeUndefined();
});

test("warnings are doubts of every status, lost events those of a pass", () => {
  expect(doubtsOf({ ...PASS, warnings: ["a hook failed"] })).toEqual(["a hook failed"]);
  expect(doubtsOf({ ...PASS, status: "failed", warnings: ["a hook failed"], lost_events: 2 })).toEqual(["a hook failed"]);

  const doubts = doubtsOf({ ...PASS, warnings: ["a hook failed"], lost_events: 2 });
  expect(doubts).toEqual(["2 events of this execution did not arrive", "a hook failed"]);
  expect([countOf(doubts), countOf(["one"])]).toEqual(["2 warnings", "1 warning"]);
});

test("an error is said before what is awaited", () => {
  expect(reasonOf({ ...PASS, error_message: "no", delayed_reason: "busy" })).toBe("no");
  expect(reasonOf({ ...PASS, delayed_reason: "busy" })).toBe("busy");
});
