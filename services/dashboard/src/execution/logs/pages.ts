/** Pages of log lines, asked for one after the other. */
import { refusal, unreachable } from "../../api/problem";
import type { LogView } from "../contract";
import type { LogFilter } from "./lines";

const LINES = 1_000;

export interface LogPage {
  items: LogView[];
  next_cursor?: string | null;
  event_cursor?: string | null;
}

/** Fetch the page at a cursor: the first one without. */
export async function fetchPage(id: string, filter: LogFilter, cursor: string | null, signal: AbortSignal): Promise<LogPage> {
  const query = new URLSearchParams({ limit: String(LINES), level: filter.level });
  if (cursor !== null) query.set("cursor", cursor);
  if (filter.step !== null) query.set("step", filter.step);
  if (filter.text !== "") query.set("q", filter.text);
  const response = await fetch(`/api/v1/executions/${encodeURIComponent(id)}/logs?${query}`, { signal }).catch((error: unknown) => {
    throw signal.aborted ? error : unreachable();
  });
  if (!response.ok) throw await refusal(response);
  return (await response.json()) as LogPage;
}
