import { describe, expect, it } from "vitest";
import { changeOf } from "./difference";

describe("a line of a difference", () => {
  it.each([
    ['.currency: is "EUR", expected "USD"', { place: ".currency", is: '"EUR"', expected: '"USD"', note: "" }],
    [".lines[0].quantity: is missing, expected 3", { place: ".lines[0].quantity", is: null, expected: "3", note: "" }],
    [".extra: is [1, 2], not expected", { place: ".extra", is: "[1, 2]", expected: null, note: "" }],
    [
      'is the string "129.90", expected the number 129.9: the types differ',
      { place: "", is: 'the string "129.90"', expected: "the number 129.9", note: "the types differ" },
    ],
    [
      '.name: differs from character 3: is "abc", expected "abd"',
      { place: ".name", is: '"abc"', expected: '"abd"', note: "differs from character 3" },
    ],
    [
      'differs from character 9, line 2: is "a: b", expected "a: c"',
      { place: "", is: '"a: b"', expected: '"a: c"', note: "differs from character 9, line 2" },
    ],
  ])("is taken apart: %s", (line, parts) => {
    expect(changeOf(line)).toEqual(parts);
  });

  it("is left as it is where it is a remark", () => {
    expect(changeOf("… (more differences are not shown)")).toBeNull();
  });
});
