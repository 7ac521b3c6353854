import { describe, expect, it } from "vitest";

import type { LogView } from "../contract";
import { entriesOf, EVERY_LINE, lineOf, shows, textOf, withMore } from "./lines";

function line(seq: number, changes: Partial<LogView> = {}): LogView {
  return { run: 1, seq, at: "2026-11-23T10:00:00.000Z", level: "info", path: "pay", message: `line ${seq}`, ...changes };
}

describe("log lines", () => {
  it("are there once and in order, however pages and live lines overlap", () => {
    const page = [line(1), line(4), line(6)];
    const found = withMore(withMore(page, [line(4), line(6), line(9)]), [line(2, { run: 2 }), line(8), line(9)]);

    expect(found.map(({ run, seq }) => [run, seq])).toEqual([[1, 1], [1, 4], [1, 6], [1, 8], [1, 9], [2, 2]]);
  });

  it("stay the same object where nothing is new", () => {
    const page = [line(1), line(2)];

    expect(withMore(page, [line(2)])).toBe(page);
    expect(withMore(page, [])).toBe(page);
  });

  it("are filtered live as the server filters its pages", () => {
    const inside = { ...EVERY_LINE, step: "pay" };

    expect(shows(inside, line(1, { path: "pay[2]/card" }))).toBe(true);
    expect(shows(inside, line(1, { path: "pay@2" }))).toBe(true);
    expect(shows(inside, line(1, { path: "payment" }))).toBe(false);
    expect(shows(inside, line(1, { path: null }))).toBe(false);
    expect(shows({ ...EVERY_LINE, level: "warning" }, line(1))).toBe(false);
    expect(shows({ ...EVERY_LINE, text: "LINE" }, line(1))).toBe(true);
  });

  it("come out of live messages, and of no others", () => {
    const data = { execution_id: "x", ...line(3) };

    expect(lineOf({ type: "log.line", data })).toEqual(line(3));
    expect(lineOf({ type: "step.started", data })).toBeNull();
    expect(lineOf({ type: "log.line" })).toBeNull();
  });

  it("are copied as plain text", () => {
    expect(textOf([line(1), line(2, { path: null, level: "error" })])).toBe(
      "2026-11-23T10:00:00.000Z INFO    pay line 1\n2026-11-23T10:00:00.000Z ERROR   - line 2",
    );
  });

  it("of several runs are told apart, in the list and as text", () => {
    const lines = [line(1), line(2), line(1, { run: 2 })];

    expect(entriesOf(lines)).toEqual([{ run: 1, begins: true }, lines[0], lines[1], { run: 2, begins: true }, lines[2]]);
    expect(entriesOf(lines.slice(0, 2))).toEqual(lines.slice(0, 2));
    expect(textOf(lines)).toContain("--- run 2 ---\n");
    expect(textOf(lines.slice(0, 2))).not.toContain("run");
  });
});
