import { cn } from "../components/cn";
import type { LiveStatus } from "../live/client";
import { useLiveState } from "../live/react";

const LOOKS: Record<LiveStatus, { word: string; hint: string; dot: string; ink: string }> = {
  connecting: {
    word: "Connecting…",
    hint: "The connection for live updates is being made.",
    dot: "bg-pending-fill",
    ink: "text-ink-muted",
  },
  live: {
    word: "Live",
    hint: "This page shows what happens, as it happens.",
    dot: "bg-passed-fill",
    ink: "text-passed",
  },
  reconnecting: {
    word: "Reconnecting…",
    hint: "The connection broke. What is missed meanwhile is fetched when it is back.",
    dot: "animate-shimmer bg-error-fill",
    ink: "text-error",
  },
  offline: {
    word: "Offline",
    hint: "The server cannot be reached. What you see may be out of date.",
    dot: "bg-failed-fill",
    ink: "text-failed",
  },
};

/** Whether what is shown is live. */
export function LiveChip() {
  const { status, retry } = useLiveState();
  const { word, hint, dot, ink } = LOOKS[status];
  return (
    <button
      type="button"
      onClick={retry}
      title={hint}
      aria-label={`Live updates: ${word}`}
      className={cn("flex h-7 items-center gap-1.5 rounded-full px-2 text-xs font-medium", ink)}
    >
      <span aria-hidden className={cn("size-2 rounded-full", dot)} />
      {word}
    </button>
  );
}
