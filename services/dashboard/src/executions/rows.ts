import type { ExecutionSummary } from "../api/types";
import { TERMINAL } from "../components/status";
import type { LiveMessage } from "../live/messages";
import type { ListSearch } from "./search";

/** Return a row as it is after an event; the same row where the event tells it nothing new. */
export function patched(row: ExecutionSummary, message: LiveMessage): ExecutionSummary {
  if (message.type === "execution.completed") {
    const { data } = message;
    return {
      ...row,
      status: data.status,
      run: data.run,
      error_code: data.error_code,
      error_message: data.error_message,
      warnings: data.warnings,
      step_counts: data.step_counts,
      lost_events: data.lost_events,
      started_at: data.started_at ?? row.started_at,
      finished_at: data.finished_at,
      duration_ms: data.duration_ms,
      delayed_reason: null,
    };
  }
  if (TERMINAL.has(row.status)) return row;
  if (message.type === "execution.started" && message.data.run >= row.run) {
    const { run, started_at } = message.data;
    return { ...row, status: "running", run, started_at, delayed_reason: null };
  }
  if (message.type === "execution.delayed" && row.status === "pending") {
    return { ...row, delayed_reason: message.data.reason };
  }
  return row;
}

/** Whether an event may bring an execution into a list that does not show it yet. */
export function mayEnter(message: LiveMessage, { status, flow }: ListSearch): boolean {
  const ofFlow = flow === undefined || ("flow_id" in message.data && message.data.flow_id === flow);
  switch (message.type) {
    case "execution.requested":
      // Its flow is not said yet: a list of one flow shows it when it starts, or by the next page that is fetched.
      return flow === undefined && (status === undefined || status === "pending");
    case "execution.started":
      return ofFlow && (status === undefined || status === "running");
    case "execution.completed":
      return ofFlow && (status === undefined || status === message.data.status);
    default:
      return false;
  }
}
