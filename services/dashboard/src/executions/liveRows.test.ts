import { expect, test } from "vitest";
import type { ExecutionSummary } from "../api/types";
import type { LiveData, LiveMessage, LiveType } from "../live/messages";
import { LiveRows } from "./liveRows";
import { patched } from "./rows";

const ROW: ExecutionSummary = {
  id: "e1",
  project_id: "p",
  flow_name: "checkout",
  status: "pending",
  trigger_type: "api",
  priority: "normal",
  labels: {},
  run: 0,
  warnings: [],
  step_counts: {},
  lost_events: 0,
};
const ANY = { limit: 50 };

function event<T extends LiveType>(type: T, data: Partial<LiveData[T]> = {}): LiveMessage {
  const whole = { execution_id: "e1", run: 1, ...data };
  return { topic: "events", id: "c", time: null, type, data: whole } as unknown as LiveMessage;
}

test("a row goes from pending over running to its result", () => {
  const delayed = patched(ROW, event("execution.delayed", { reason: "all runners are busy" }));
  const started = patched(delayed, event("execution.started", { started_at: "2026-11-23T10:00:00Z" }));
  const completed = patched(
    started,
    event("execution.completed", { status: "failed", error_message: "no", duration_ms: 12 }),
  );

  expect([delayed.status, delayed.delayed_reason]).toEqual(["pending", "all runners are busy"]);
  expect([started.status, started.delayed_reason]).toEqual(["running", null]);
  expect(completed).toMatchObject({ status: "failed", error_message: "no", duration_ms: 12 });
  expect(completed.started_at).toBe("2026-11-23T10:00:00Z");
});

test("a result is the last word: what is said of the execution after it changes nothing", () => {
  const completed = patched(ROW, event("execution.completed", { status: "passed" }));

  expect(patched(completed, event("execution.started"))).toBe(completed);
  expect(patched(completed, event("execution.delayed", { reason: "late" }))).toBe(completed);
});

test("a run that was lost does not take the place of its successor", () => {
  const second = patched(ROW, event("execution.started", { run: 2, started_at: "b" }));

  expect(patched(second, event("execution.started", { run: 1, started_at: "a" }))).toBe(second);
});

test("however many events come, what is kept is the page's rows and a bounded number of ids", () => {
  const rows = new LiveRows({ items: [ROW] }, ANY);
  for (let number = 0; number < 5_000; number += 1) {
    rows.take(event("execution.requested", { execution_id: `n${number}` }));
    rows.take(event("execution.started"));
  }

  const { rows: changed, isOutdated } = rows.harvest();
  expect([...changed.keys()]).toEqual(["e1"]);
  expect(isOutdated).toBe(true);
  expect(rows.newIds.size).toBe(1_000);
  expect(rows.harvest()).toEqual({ rows: new Map(), isOutdated: false });
});

test("a filtered list is outdated by those who come into it and who leave it, and by nobody else", () => {
  const search = { limit: 50, status: "running" as const, flow: "f1" };
  const running = { ...ROW, status: "running" as const };
  const judged = (message: LiveMessage) => {
    const rows = new LiveRows({ items: [running] }, search);
    rows.take(message);
    return rows.harvest().isOutdated;
  };

  expect(judged(event("execution.started", { execution_id: "e2", flow_id: "f1" }))).toBe(true);
  expect(judged(event("execution.completed", { status: "passed" }))).toBe(true);
  expect(judged(event("execution.started", { execution_id: "e2", flow_id: "f2" }))).toBe(false);
  expect(judged(event("execution.requested", { execution_id: "e2" }))).toBe(false);
  expect(judged(event("execution.completed", { execution_id: "e2", flow_id: "f1", status: "passed" }))).toBe(false);
});

test("who is older than a full page is on another one", () => {
  const rows = new LiveRows({ items: [{ ...ROW, id: "e5" }, ROW], next_cursor: "more" }, ANY);
  rows.take(event("execution.completed", { execution_id: "e0", status: "passed" }));
  expect([rows.harvest().isOutdated, rows.newIds.size]).toEqual([false, 0]);

  rows.take(event("execution.completed", { execution_id: "e6", status: "passed" }));
  expect([rows.harvest().isOutdated, rows.newIds.size]).toEqual([true, 1]);
});

test("one new execution is one, however much is heard of it", () => {
  const rows = new LiveRows({ items: [ROW] }, ANY);
  rows.take(event("execution.requested", { execution_id: "e2" }));
  rows.take(event("execution.started", { execution_id: "e2" }));
  rows.take(event("execution.completed", { execution_id: "e2", status: "passed" }));

  expect(rows.newIds.size).toBe(1);
});

test("on a further page, who was on the first one and ends now is nobody new", () => {
  const rows = new LiveRows({ items: [ROW] }, { ...ANY, cursor: "second" });
  rows.take(event("execution.started", { execution_id: "e7" }));
  rows.take(event("execution.completed", { execution_id: "e7", status: "passed" }));
  expect(rows.newIds.size).toBe(0);

  rows.take(event("execution.requested", { execution_id: "e8" }));
  rows.take(event("execution.completed", { execution_id: "e8", status: "passed" }));
  expect(rows.newIds.size).toBe(1);
});
