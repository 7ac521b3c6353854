import { useEffect } from "react";
import { loadAll } from "../components/deferred";
import { useLiveState } from "../live/react";

const LATEST_MS = 2_000;

/** Fetch what is loaded later as soon as there is time, and again when the server is back: none of it shall be missing without it. */
export function useAllParts(): void {
  const { status } = useLiveState();
  const isWorth = status === "connecting" || status === "live";

  useEffect(() => (isWorth ? whenIdle(() => void loadAll()) : undefined), [isWorth, status]);
}

function whenIdle(action: () => void): () => void {
  // Not every browser tells when it is idle.
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(action, LATEST_MS / 4);
    return () => clearTimeout(timer);
  }
  const asked = requestIdleCallback(action, { timeout: LATEST_MS });
  return () => cancelIdleCallback(asked);
}
