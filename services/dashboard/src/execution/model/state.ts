/** What is known of one execution: its head, and the steps of each of its runs by path. */
import type { ExecutionView, StepView } from "../contract";

/** An execution without its steps. */
export type Head = Omit<ExecutionView, "steps" | "event_cursor">;

/** A step as recorded; its row's id is the database's affair. */
export type Step = Omit<StepView, "id">;

export interface State {
  readonly head: Head;
  /** Steps by run, then by path. */
  readonly runs: ReadonlyMap<number, ReadonlyMap<string, Step>>;
  /** Who carries out the newest run, where it was heard live. */
  readonly runner: string | null;
  /** The runner says that the run has ended, and the result is not decided yet. */
  readonly finishing: boolean;
}

const TERMINAL = new Set(["passed", "failed", "error", "cancelled"]);

export function isTerminal(status: string): boolean {
  return TERMINAL.has(status);
}

/** Return the state that a snapshot describes. */
export function fromSnapshot(view: ExecutionView): State {
  const { steps, event_cursor: _, ...head } = view;
  const runs = new Map<number, Map<string, Step>>();
  for (const { id: _id, ...step } of steps ?? []) {
    const run = runs.get(step.run) ?? new Map<string, Step>();
    run.set(step.path, step);
    runs.set(step.run, run);
  }
  return { head, runs, runner: null, finishing: false };
}

/** The numbers of the runs that are known, the oldest first: also of those that left no step. */
export function runNumbers(state: State): number[] {
  const newest = Math.max(state.head.run, ...state.runs.keys());
  return Array.from({ length: newest }, (_, place) => place + 1);
}

export function stepsOf(state: State, run: number): ReadonlyMap<string, Step> {
  return state.runs.get(run) ?? new Map<string, Step>();
}

/** The status that a page may look like: what passed and lost events must not look as if it had passed. */
export function looksLike(head: Pick<Head, "status" | "lost_events">): Head["status"] {
  return head.status === "passed" && head.lost_events > 0 ? "error" : head.status;
}
