import { expect, test } from "vitest";
import { matching } from "./matching";

const FLOWS = [
  { name: "checkout", suite: "shop", tags: ["smoke"] },
  { name: "refund order", suite: null, tags: [] },
];
const names = (text: string) => matching(FLOWS, text).map(({ name }) => name);

test("a flow is found by the words of its name, its suite and its tags, with or without run before them", () => {
  expect(names("Check")).toEqual(["checkout"]);
  expect(names("run order ref")).toEqual(["refund order"]);
  expect(names("shop smoke")).toEqual(["checkout"]);
});

test("who has typed nothing, or no flow's name, is shown none", () => {
  expect([names(""), names("run "), names("theme")]).toEqual([[], [], []]);
});
