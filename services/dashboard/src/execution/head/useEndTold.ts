import { useEffect, useRef } from "react";
import { toast } from "../../components/toast";
import { formatDuration } from "../../components/format";
import type { ExecutionStatus } from "../contract";
import { isTerminal, looksLike, type Head } from "../model/state";

/** A status in one character, for titles. */
export const SIGN: Record<ExecutionStatus, string> = {
  passed: "✓",
  failed: "✗",
  error: "⚠",
  cancelled: "⊘",
  running: "◐",
  pending: "○",
};

/** Colours of the icon's dot: seen on light and dark tab bars alike. */
const DOT: Record<ExecutionStatus, string> = {
  passed: "#22a457",
  failed: "#e5484d",
  error: "#e08a1e",
  cancelled: "#808996",
  running: "#3b7bf6",
  pending: "#9aa3b0",
};

/** Show the status in the tab's icon; say it once, politely, when the execution ends while it is watched. */
export function useEndTold(head: Head): void {
  const { status, flow_name: name, duration_ms: duration } = head;
  const before = useRef(status);

  const look = looksLike(head);

  useEffect(() => showDot(DOT[look]), [look]);

  useEffect(() => {
    const ended = isTerminal(status) && !isTerminal(before.current);
    before.current = status;
    if (!ended) return;
    const said = `${name} ${status === "error" ? "ended with an error" : status}${duration ? ` in ${formatDuration(duration)}` : ""}`;
    if (look === "passed") toast.success(said);
    else if (status === "cancelled") toast(said);
    else toast.error(said);
  }, [status, look, name, duration]);
}

function showDot(colour: string): () => void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link === null) return () => undefined;
  const before = link.href;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${colour}"/></svg>`;
  link.href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  return () => {
    link.href = before;
  };
}
