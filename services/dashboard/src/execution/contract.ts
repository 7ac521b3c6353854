/** What the page reads of the contracts: the views of REST, and the events of the topic of one execution. */
import type { components } from "../api/schema";
import type { AssertionOutcome, Attempt, ExecutionView, PlannedStep, StepView } from "../api/types";

export type { AssertionOutcome, Attempt, ExecutionView, PlannedStep, StepView };
export type Operand = components["schemas"]["Operand"];
export type ExecutionStatus = ExecutionView["status"];
export type StepStatus = StepView["status"];
export type Phase = StepView["phase"];
export type LogLevel = "debug" | "info" | "warning" | "error";

/** One line that a step of a run logged, or the run itself where `path` is absent. */
export interface LogView {
  run: number;
  seq: number;
  at: string;
  level: LogLevel;
  path?: string | null;
  message: string;
}

/** One message of the live connection. `data` is judged by `type` when it is folded, never before. */
export interface LiveMessage {
  id?: string | null;
  type: string;
  time?: string | null;
  data?: unknown;
}

/** Where an event stands: every event of a run carries it. */
export interface Placed {
  execution_id: string;
  run: number;
  seq: number;
}

/** `execution.started`, as far as the page reads it. */
export interface StartedData extends Placed {
  runner_id: string;
  started_at: string;
  planned?: PlannedStep[];
}

/** `step.started`; `step.finished` has it too. */
export interface StepStartedData extends Placed {
  path: string;
  step_id: string;
  name: string;
  action: string;
  phase: Phase;
  number: number;
  parent_path?: string | null;
  iteration?: number | null;
  started_at: string;
}

/** `step.finished`. */
export interface StepFinishedData extends StepStartedData {
  status: Exclude<StepStatus, "running">;
  finished_at: string;
  duration_ms: number;
  input?: unknown;
  output?: unknown;
  outputs?: Record<string, unknown>;
  assertions?: AssertionOutcome[];
  attempts?: Attempt[];
  retry_count?: number;
  error_code?: string | null;
  error_message?: string | null;
  line?: number | null;
  column?: number | null;
}

/** `execution.completed`, the message of `executions.results`: the result that counts. */
export interface CompletedData {
  execution_id: string;
  status: "passed" | "failed" | "error" | "cancelled";
  error_code?: string | null;
  error_message?: string | null;
  warnings?: string[];
  run?: number;
  started_at?: string | null;
  finished_at: string;
  duration_ms?: number;
  step_counts?: Record<string, number>;
  lost_events?: number;
}
