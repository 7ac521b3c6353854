import { useState } from "react";
import type { ExecutionSummary } from "../api/types";

const FRESH_MS = 5_000;

/** Return whether an execution was asked for just before its row came to be: such a row draws the eye once. */
export function useIsFresh({ requested_at }: ExecutionSummary): boolean {
  const [isFresh] = useState(() => requested_at != null && Date.now() - Date.parse(requested_at) < FRESH_MS);
  return isFresh;
}
