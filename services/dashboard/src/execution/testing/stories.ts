/** Made-up executions for tests: the events of a feed, and the snapshots that a database would give of a beginning of it. */
import type { ExecutionView, LiveMessage, PlannedStep, StepStartedData, StepView } from "../contract";

export const ID = "01a0c668-9da0-74ef-9a94-e3e8ab73738f";
const START = Date.parse("2026-11-23T10:00:00Z");

/** Numbers that are the same for the same seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function at(ms: number): string {
  return new Date(START + ms).toISOString();
}

export function pending(changes: Partial<ExecutionView> = {}): ExecutionView {
  return {
    id: ID,
    project_id: "00000000-0000-7000-8000-000000000001",
    flow_id: null,
    flow_name: "Order a lamp",
    flow_version: null,
    status: "pending",
    environment: null,
    trigger_type: "api",
    triggered_by: null,
    parent_id: null,
    batch_id: null,
    priority: "normal",
    labels: {},
    run: 0,
    requested_at: at(-50),
    deadline_at: null,
    started_at: null,
    finished_at: null,
    duration_ms: null,
    error_code: null,
    error_message: null,
    warnings: [],
    step_counts: {} as ExecutionView["step_counts"],
    lost_events: 0,
    delayed_reason: null,
    outputs: {},
    planned: [],
    steps: [],
    event_cursor: null,
    ...changes,
  };
}

export function step(path: string, changes: Partial<StepView> = {}): StepView {
  return {
    id: `id-${path}`,
    run: 1,
    path,
    step_number: 1,
    step_id: path,
    step_name: path,
    action: "delay",
    phase: "steps",
    parent_path: null,
    iteration: null,
    status: "passed",
    started_at: at(0),
    finished_at: at(10),
    duration_ms: 10,
    input: null,
    output: null,
    outputs: {},
    assertions: [],
    attempts: [],
    retry_count: 0,
    error_code: null,
    error_message: null,
    line: null,
    column: null,
    ...changes,
  };
}

export function planned(path: string, phase: PlannedStep["phase"] = "steps"): PlannedStep {
  return { path, step_id: path, name: path, action: "delay", phase };
}

/** The events of an execution with some runs, nested steps and an end, in order. */
export function story(seed: number): LiveMessage[] {
  const next = random(seed);
  const runs = 1 + Math.floor(next() * 3);
  const messages: LiveMessage[] = [];
  let clock = 0;
  const say = (type: string, run: number, seq: number, data: object): void => {
    clock += 1 + Math.floor(next() * 20);
    messages.push({ id: `0:${messages.length}`, type, time: at(clock), data: { execution_id: ID, run, seq, ...data } });
  };
  if (next() < 0.5) {
    say("execution.delayed", 0, 0, { reason: "a key is held", at: at(clock) });
  }
  for (let run = 1; run <= runs; run += 1) {
    tellRun(say, () => clock, next, run, run === runs);
  }
  const first = messages.findLast(({ type }) => type === "execution.started")?.data as { started_at: string };
  const last = messages.at(-1)?.data as { finished_at: string };
  const { started_at, finished_at } = { ...first, ...last };
  const result = { execution_id: ID, status: "failed", run: runs, started_at, finished_at, duration_ms: clock, lost_events: 0 };
  messages.push({ id: "end", type: "execution.completed", time: at(clock + 1), data: result });
  return messages;
}

type Say = (type: string, run: number, seq: number, data: object) => void;

function tellRun(say: Say, clock: () => number, next: () => number, run: number, toTheEnd: boolean): void {
  const count = 1 + Math.floor(next() * 6);
  let seq = 1;
  const plan = Array.from({ length: count }, (_, index) => planned(`step_${index + 1}`));
  say("execution.started", run, seq++, { runner_id: `runner-${run}`, started_at: at(clock()), planned: plan });
  const told = toTheEnd ? count : Math.floor(next() * count);
  let number = 0;
  for (let index = 1; index <= told; index += 1) {
    const outer = begun(`step_${index}`, (number += 1), clock(), null);
    say("step.started", run, seq++, outer);
    if (next() < 0.4) {
      const inner = begun(`step_${index}/inner[0]`, (number += 1), clock(), outer.path);
      say("step.started", run, seq++, inner);
      say("step.finished", run, seq++, ended(inner, clock()));
    }
    if (toTheEnd || index < told) {
      say("step.finished", run, seq++, ended(outer, clock()));
    }
  }
  if (toTheEnd) {
    say("execution.finished", run, seq++, { status: "failed", finished_at: at(clock()), outputs: { order: 7 } });
  }
}

function begun(path: string, number: number, clock: number, parent: string | null) {
  return { path, step_id: path, name: path, action: "delay", phase: "steps", number, parent_path: parent, started_at: at(clock) };
}

function ended(begin: ReturnType<typeof begun>, clock: number) {
  return { ...begin, status: "passed", finished_at: at(clock), duration_ms: 5, output: { path: begin.path } };
}

interface Told {
  type: string;
  time: string;
  data: StepStartedData & Record<string, never>;
}

/** What the database says after it has heard these events, each once and in order. */
export function snapshot(events: readonly LiveMessage[]): ExecutionView {
  let view = pending();
  const steps = new Map<string, StepView>();
  for (const { type, time, data } of events as Told[]) {
    const key = `${data.run}/${data.path}`;
    if (type === "execution.delayed") {
      view.delayed_reason = data.reason;
    } else if (type === "execution.started") {
      for (const open of [...steps.values()].filter((known) => known.status === "running")) {
        Object.assign(open, { status: "error", error_code: "runner_lost", error_message: "runner lost", finished_at: time });
        open.duration_ms = Date.parse(time) - Date.parse(open.started_at);
      }
      Object.assign(view, { status: "running", run: data.run, started_at: data.started_at, delayed_reason: null, planned: data.planned });
    } else if (type === "step.started" || type === "step.finished") {
      const { execution_id: _, seq: _seq, number, name, ...rest } = data;
      steps.set(key, step(data.path, { finished_at: null, duration_ms: null, status: "running", ...rest, step_number: number, step_name: name }));
    } else if (type === "execution.finished") {
      Object.assign(view, { outputs: data.outputs, status: data.status, finished_at: data.finished_at });
    } else if (type === "execution.completed") {
      const { execution_id: _, ...rest } = data;
      view = { ...view, ...rest };
    }
  }
  return { ...view, steps: [...steps.values()] };
}
