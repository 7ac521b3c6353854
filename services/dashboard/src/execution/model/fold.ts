/**
 * Events become state: each takes effect once, however often it is heard and wherever a snapshot cuts them.
 *
 * A step is ordered by when it began and then by whether it ended, and only moves forward in that order;
 * so what is repeated, or older than what is known, changes nothing.
 */
import type {
  CompletedData,
  LiveMessage,
  Placed,
  StartedData,
  StepFinishedData,
  StepStartedData,
} from "../contract";
import { isTerminal, type Head, type State, type Step } from "./state";

type Steps = Map<string, Step>;

/** A state under way: its maps are its own and may be changed until the batch has been applied. */
interface Draft {
  head: Head;
  runs: Map<number, Steps>;
  runner: string | null;
  finishing: boolean;
  owned: Set<number>;
  changed: boolean;
}

type Effect = (draft: Draft, data: never) => void;

const EFFECTS: Record<string, Effect> = {
  "execution.delayed": delayed,
  "execution.started": started,
  "step.started": stepStarted,
  "step.finished": stepFinished,
  "execution.finished": finished,
};

/** Return the state after a batch of messages; the same object where they said nothing new. */
export function fold(state: State, messages: Iterable<LiveMessage>): State {
  const draft: Draft = { ...state, runs: new Map(state.runs as Map<number, Steps>), owned: new Set(), changed: false };
  for (const message of messages) {
    apply(draft, message);
  }
  if (!draft.changed) {
    return state;
  }
  return { head: draft.head, runs: draft.runs, runner: draft.runner, finishing: draft.finishing };
}

function apply(draft: Draft, message: LiveMessage): void {
  if (!isObject(message.data)) {
    return;
  }
  if (message.type === "execution.completed") {
    completed(draft, message.data as unknown as CompletedData);
    return;
  }
  const effect = EFFECTS[message.type];
  const { run } = message.data as Partial<Placed>;
  if (effect === undefined || typeof run !== "number" || run < draft.head.run) {
    return;
  }
  if (run > draft.head.run && message.type !== "execution.delayed") {
    begin(draft, run, message.time ?? null);
  }
  effect(draft, message.data as never);
}

/** A greater run: the runner of the earlier one was lost, and what it had open will not end. */
function begin(draft: Draft, run: number, at: string | null): void {
  for (const number of draft.runs.keys()) {
    closeOpen(draft, number, at);
  }
  draft.head = { ...draft.head, run };
  draft.runner = null;
  draft.finishing = false;
  draft.changed = true;
}

function closeOpen(draft: Draft, run: number, at: string | null): void {
  const open = [...(draft.runs.get(run)?.values() ?? [])].filter((step) => step.status === "running");
  for (const step of open) {
    const end = at ?? step.started_at;
    put(draft, {
      ...step,
      status: "error",
      error_code: "runner_lost",
      error_message: "runner lost",
      finished_at: end,
      duration_ms: Math.max(0, Date.parse(end) - Date.parse(step.started_at)),
    });
  }
}

function delayed(draft: Draft, data: { reason?: string }): void {
  if (draft.head.status === "pending" && draft.head.delayed_reason !== data.reason) {
    draft.head = { ...draft.head, delayed_reason: data.reason ?? null };
    draft.changed = true;
  }
}

function started(draft: Draft, data: StartedData): void {
  draft.runner = data.runner_id;
  draft.changed = true;
  if (isTerminal(draft.head.status)) {
    return;
  }
  const planned = data.planned?.length ? data.planned : draft.head.planned;
  draft.head = { ...draft.head, status: "running", started_at: data.started_at, delayed_reason: null, planned };
}

function stepStarted(draft: Draft, data: StepStartedData): void {
  const known = draft.runs.get(data.run)?.get(data.path);
  if (known === undefined || Date.parse(data.started_at) > Date.parse(known.started_at)) {
    put(draft, begunStep(data));
  }
}

function stepFinished(draft: Draft, data: StepFinishedData): void {
  const known = draft.runs.get(data.run)?.get(data.path);
  const age = known === undefined ? 1 : Date.parse(data.started_at) - Date.parse(known.started_at);
  if (known === undefined || age > 0 || (age === 0 && known.status === "running")) {
    put(draft, endedStep(data));
  }
}

function finished(draft: Draft, data: { outputs?: Record<string, unknown> }): void {
  if (draft.finishing || isTerminal(draft.head.status)) {
    return;
  }
  draft.finishing = true;
  draft.head = { ...draft.head, outputs: data.outputs ?? draft.head.outputs };
  draft.changed = true;
}

function completed(draft: Draft, data: CompletedData): void {
  if (isTerminal(draft.head.status)) {
    return;
  }
  draft.head = {
    ...draft.head,
    status: data.status,
    run: Math.max(draft.head.run, data.run ?? 0),
    error_code: data.error_code ?? null,
    error_message: data.error_message ?? null,
    warnings: data.warnings ?? [],
    started_at: data.started_at ?? draft.head.started_at ?? null,
    finished_at: data.finished_at,
    duration_ms: data.duration_ms ?? null,
    step_counts: (data.step_counts ?? {}) as Head["step_counts"],
    lost_events: data.lost_events ?? 0,
    delayed_reason: null,
  };
  draft.finishing = false;
  draft.changed = true;
}

function put(draft: Draft, step: Step): void {
  let steps = draft.runs.get(step.run);
  if (steps === undefined || !draft.owned.has(step.run)) {
    steps = new Map(steps);
    draft.runs.set(step.run, steps);
    draft.owned.add(step.run);
  }
  steps.set(step.path, step);
  draft.changed = true;
}

function begunStep(data: StepStartedData): Step {
  return {
    run: data.run,
    path: data.path,
    step_number: data.number,
    step_id: data.step_id,
    step_name: data.name,
    action: data.action,
    phase: data.phase,
    parent_path: data.parent_path ?? null,
    iteration: data.iteration ?? null,
    status: "running",
    started_at: data.started_at,
    finished_at: null,
    duration_ms: null,
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
  };
}

function endedStep(data: StepFinishedData): Step {
  return {
    ...begunStep(data),
    status: data.status,
    finished_at: data.finished_at,
    duration_ms: data.duration_ms,
    input: data.input ?? null,
    output: data.output ?? null,
    outputs: data.outputs ?? {},
    assertions: data.assertions ?? [],
    attempts: data.attempts ?? [],
    retry_count: data.retry_count ?? 0,
    error_code: data.error_code ?? null,
    error_message: data.error_message ?? null,
    line: data.line ?? null,
    column: data.column ?? null,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
