import { describe, expect, it } from "vitest";
import { changesOf } from "./difference";

/** The line of carets as the engine writes it: one space for each code point. */
function caretsOf(line: string): string {
  const at = Number(/character (\d+)/.exec(line)?.[1]);
  const [is = 0, expected = 0] = [': is "', ', expected "'].map((words) => {
    const [before = ""] = line.split(words);
    return [...before].length + words.length - 1 + at;
  });
  return `${" ".repeat(is)}^${" ".repeat(expected - is - 1)}^`;
}

describe("a line of a difference", () => {
  it.each([
    ['.currency: is "EUR", expected "USD"', { place: ".currency", is: '"EUR"', expected: '"USD"', note: "", parts: null }],
    [".lines[0].quantity: is missing, expected 3", { place: ".lines[0].quantity", is: null, expected: "3", note: "", parts: null }],
    [".extra: is [1, 2], not expected", { place: ".extra", is: "[1, 2]", expected: null, note: "", parts: null }],
    [
      'is the string "129.90", expected the number 129.9: the types differ',
      { place: "", is: 'the string "129.90"', expected: "the number 129.9", note: "the types differ", parts: null },
    ],
    [
      '.name: differs from character 3: is "abc", expected "abd"',
      { place: ".name", is: '"abc"', expected: '"abd"', note: "differs from character 3", parts: null },
    ],
    [
      'differs from character 9, line 2: is "a: b", expected "a: c"',
      { place: "", is: '"a: b"', expected: '"a: c"', note: "differs from character 9, line 2", parts: null },
    ],
  ])("is taken apart: %s", (line, parts) => {
    expect(changesOf([line])).toEqual([parts]);
  });

  it("is left as it is where it is a remark", () => {
    const remark = "… (more differences are not shown)";
    expect(changesOf([remark])).toEqual([remark]);
  });

  it("knows from the carets below it from which character on the values differ", () => {
    const line = '.currency: differs from character 2: is "EUR", expected "ESD"';
    const carets = `${" ".repeat(line.indexOf("EUR") + 1)}^${" ".repeat(line.indexOf("ESD") - line.indexOf("EUR") - 1)}^`;
    const [change, ...more] = changesOf([line, carets]);

    expect(more).toEqual([]);
    expect(change).toMatchObject({ is: '"EUR"', expected: '"ESD"', parts: [2, 2] });
  });

  it.each([
    ['🛒: differs from character 2: is "EUR", expected "ESD"', [2, 2]],
    ['differs from character 3: is "🛒aX", expected "🛒aY"', [4, 4]],
    ['differs from character 1: is "🛒", expected "🚚"', [1, 1]],
    ['differs from character 3: is "🛒🛒", expected "🛒🛒🛒"', [5, 5]],
  ])("counts characters as the engine does where one takes two units: %s", (line, parts) => {
    const [change] = changesOf([line, caretsOf(line)]);

    expect(change).toMatchObject({ parts });
  });

  it.each(["^      ^", `${" ".repeat(29)}^${" ".repeat(60)}^`])("has no place where a caret stands beside its value", (carets) => {
    const [change] = changesOf(['differs from character 2: is "EUR", expected "ESD"', carets]);

    expect(change).toMatchObject({ is: '"EUR"', parts: null });
  });

  it("leaves carets that stand below no change as they are", () => {
    expect(changesOf(["one", "  ^   ^"])).toEqual(["one", "  ^   ^"]);
  });
});
