import { describe, expect, it } from "vitest";
import type { AssertionOutcome } from "../contract";
import { comparisonOf, kindOf } from "./comparison";

function outcome(expression: string, operands: Record<string, unknown> = {}): AssertionOutcome {
  const read = Object.entries(operands).map(([text, value]) => ({ text, value }));
  const nothing = { message: null, difference: [], error: null, warnings: [] };
  return { expression, holds: false, operands: read, line: 1, column: 1, ...nothing };
}

describe("the comparison of an assertion", () => {
  it("has what was found and what was to be found", () => {
    expect(comparisonOf(outcome("body.total == 129.90", { "body.total": "129.90" }))).toEqual({
      operator: "",
      actual: { text: "body.total", known: true, value: "129.90" },
      expected: { text: "129.90", known: true, value: 129.9 },
    });
  });

  it("knows which side was expected, also where the literal stands first", () => {
    const found = comparisonOf(outcome("200 <= status", { status: 100 }));

    expect(found).toMatchObject({ operator: ">=", actual: { value: 100 }, expected: { value: 200 } });
  });

  it.each([
    ['body.name contains "a == b"', { "body.name": "x" }, "contains", "a == b"],
    ['status in [200, 201]', { status: 500 }, "in", [200, 201]],
    ["body.a != nil", { "body.a": null }, "!=", null],
    ["name == 'it'", { name: "its" }, "", "it"],
  ])("is read out of %s", (expression, operands, operator, expected) => {
    expect(comparisonOf(outcome(expression, operands))).toMatchObject({ operator, expected: { value: expected } });
  });

  it("takes the value of a computed side from what the engine read", () => {
    const found = comparisonOf(outcome("len(items) == count", { "len(items)": 2, count: 3, items: [1, 2] }));

    expect(found).toMatchObject({ actual: { value: 2, known: true }, expected: { value: 3, known: true } });
  });

  it("does not claim to know what it cannot", () => {
    expect(comparisonOf(outcome("a + 1 == b * 2", { a: 1, b: 2 }))?.expected).toEqual({ text: "b * 2", known: false, value: undefined });
  });

  it.each(["a == 1 and b == 2", "ok", "a ? b == 1 : c", "not (a == b)", "all(items, { .price > 3 })", "a == b == c"])(
    "is none in %s",
    (expression) => {
      expect(comparisonOf(outcome(expression, {}))).toBeNull();
    },
  );
});

describe("the kind of a value", () => {
  it("is named as the engine names it", () => {
    expect([null, [], {}, "a", 1, true].map(kindOf)).toEqual(["nil", "list", "map", "string", "number", "boolean"]);
  });
});
