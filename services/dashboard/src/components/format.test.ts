import { expect, test } from "vitest";
import { firstLine, formatAgo, formatCount, formatDuration, formatSize } from "./format";

test.each([
  [0.2, "<1 ms"],
  [312.4, "312 ms"],
  [1_949, "1.9 s"],
  [16_800, "16.8 s"],
  [41_900, "41.9 s"],
  [125_000, "2 min 5 s"],
  [3_840_000, "1 h 4 min"],
])("%d ms are said as %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test("a duration is rounded, never cut, and takes the next unit where it comes to a whole one", () => {
  expect(formatDuration(16_796)).toBe("16.8 s");
  expect(formatDuration(12.6)).toBe("13 ms");
  expect(formatDuration(999.6)).toBe("1.0 s");
  expect(formatDuration(9_960)).toBe("10.0 s");
  expect(formatDuration(59_999)).toBe("1 min 0 s");
  expect(formatDuration(3_599_999)).toBe("1 h 0 min");
});

test.each([
  [-3, "now"],
  [4, "now"],
  [12, "12 s ago"],
  [59.9, "59 s ago"],
  [300, "5 min ago"],
  [7_300, "2 h ago"],
  [200_000, "2 d ago"],
])("%d s before now are said as %s", (seconds, text) => {
  const now = new Date("2026-11-23T12:00:00Z");
  expect(formatAgo(new Date(now.getTime() - seconds * 1_000), now)).toBe(text);
});

test("long counts have their thousands apart, long texts their first line", () => {
  expect(formatCount(12_400)).toBe("12\u202f400");
  expect(firstLine("\n expected 1\n actual 2")).toBe("expected 1");
});

test.each([
  [0, "0 B"],
  [1_023, "1023 B"],
  [1_024, "1.0 KiB"],
  [3_300_000, "3.1 MiB"],
  [2 ** 41, "2048.0 GiB"],
])("%d bytes are said as %s", (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
