import type { AssertionOutcome, Attempt, ExecutionSummary, PlannedStep, StepView } from "../api/types";

/** Where an event belongs: every event of a run has these. */
export interface Place {
  execution_id: string;
  run: number;
  seq: number;
}

/** What an execution's row needs, said by its start and by its result alike. */
type Origin = Pick<
  ExecutionSummary,
  "project_id" | "flow_id" | "flow_name" | "flow_version" | "environment" | "trigger_type" | "triggered_by"
>;

type Ending = Pick<ExecutionSummary, "error_code" | "error_message" | "warnings" | "step_counts"> & {
  status: "passed" | "failed" | "error" | "cancelled";
  finished_at: string;
  duration_ms: number;
};

interface StepPlace extends Place {
  path: string;
  step_id: string;
  name: string;
  action: string;
  phase: StepView["phase"];
  number: number;
  parent_path?: string | null;
  iteration?: number | null;
  started_at: string;
}

/** The data of each type of message, as docs/live.md and the schema of `executions.events` have it. */
export interface LiveData {
  "execution.requested": { execution_id: string };
  "execution.delayed": Place & { reason: string; at: string };
  "execution.started": Place & Origin & { runner_id: string; started_at: string; planned: PlannedStep[] };
  "step.started": StepPlace;
  "step.finished": StepPlace & {
    status: Exclude<StepView["status"], "running">;
    finished_at: string;
    duration_ms: number;
    input?: unknown;
    output?: unknown;
    assertions: AssertionOutcome[];
    attempts: Attempt[];
    outputs: Record<string, unknown>;
    retry_count: number;
    error_code?: string | null;
    error_message?: string | null;
    line?: number | null;
    column?: number | null;
  };
  "log.line": Place & {
    path?: string | null;
    level: "debug" | "info" | "warning" | "error";
    message: string;
    at: string;
  };
  "artifact.stored": Place & {
    artifact_id: string;
    path?: string | null;
    name: string;
    content_type: string;
    size_bytes: number;
    at: string;
  };
  "execution.finished": Place & Ending & { outputs: Record<string, unknown> };
  "execution.completed": Omit<Place, "seq"> &
    Origin &
    Ending & {
      labels: Record<string, string>;
      parent_id?: string | null;
      batch_id?: string | null;
      requested_at?: string | null;
      started_at?: string | null;
      lost_events: number;
    };
}

export type LiveType = keyof LiveData;

/** One event of one topic; `switch` over `type` tells what `data` is. */
export type LiveMessage = {
  [T in LiveType]: { topic: string; id: string; type: T; time: string | null; data: LiveData[T] };
}[LiveType];

/** What comes over the wire before it is known to be one of ours. */
export interface WireMessage {
  topic?: string | null;
  id?: string | null;
  type: string;
  time?: string | null;
  data?: unknown;
}

const KNOWN: ReadonlySet<string> = new Set<LiveType>([
  "execution.requested",
  "execution.delayed",
  "execution.started",
  "step.started",
  "step.finished",
  "log.line",
  "artifact.stored",
  "execution.finished",
  "execution.completed",
]);

/** Read a frame; null where it is no message at all. */
export function readFrame(frame: unknown): WireMessage | null {
  if (typeof frame !== "string") return null;
  try {
    const value: unknown = JSON.parse(frame);
    const fits = typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
    return fits ? (value as WireMessage) : null;
  } catch {
    return null;
  }
}

/** Whether a message is an event of a type that this release knows. */
export function isEvent(message: WireMessage): message is LiveMessage {
  return KNOWN.has(message.type) && typeof message.data === "object" && message.data !== null;
}
