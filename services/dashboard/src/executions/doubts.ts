import type { ExecutionSummary } from "../api/types";

type Told = Pick<ExecutionSummary, "status" | "warnings" | "lost_events" | "error_message" | "delayed_reason">;

/** What makes a result doubtful, the gravest first: its warnings, and that a pass was not heard to its end. */
export function doubtsOf({ status, warnings, lost_events: lost }: Told): readonly string[] {
  if (status !== "passed" || lost === 0) return warnings;
  return [`${lost} ${lost === 1 ? "event" : "events"} of this execution did not arrive`, ...warnings];
}

export function countOf(doubts: readonly string[]): string {
  return doubts.length === 1 ? "1 warning" : `${doubts.length} warnings`;
}

/** Why it failed, could not be judged, or waits. */
export function reasonOf({ error_message: error, delayed_reason: delayed }: Told): string | undefined {
  return error || delayed || undefined;
}
