import { Link } from "@tanstack/react-router";
import { AlertTriangle, Bot, Clock, GitBranch, Hand, type LucideIcon, Square, TerminalSquare, Webhook } from "lucide-react";
import type { ExecutionSummary, TriggerType } from "../api/types";
import { Button } from "../components/Button";
import { useNow } from "../components/clock";
import { cn } from "../components/cn";
import { firstLine, formatDuration, shortId } from "../components/format";
import { STATUS, TERMINAL } from "../components/status";
import { Ago } from "../components/Time";
import { useCancel } from "./useCancel";
import { countOf, doubtsOf, reasonOf } from "./doubts";

interface OfExecution {
  execution: ExecutionSummary;
}

const TRIGGERS: Record<TriggerType, { word: string; icon: LucideIcon }> = {
  manual: { word: "manual", icon: Hand },
  scheduled: { word: "schedule", icon: Clock },
  api: { word: "api", icon: TerminalSquare },
  webhook: { word: "webhook", icon: Webhook },
  ci: { word: "ci", icon: Bot },
};

/** The flow's name, which leads to the execution: the link covers the whole row, and its row shows that it has the focus. */
export function FlowLink({ execution }: OfExecution) {
  return (
    <Link
      to="/executions/$id"
      params={{ id: execution.id }}
      data-row-link
      title={[execution.flow_name, reasonOf(execution), ...doubtsOf(execution)].filter(Boolean).join("\n")}
      className="min-w-0 truncate font-medium text-ink after:absolute after:inset-0 focus-visible:outline-none"
    >
      {execution.flow_name}
    </Link>
  );
}

/** Which version ran. */
export function FlowVersion({ execution }: OfExecution) {
  return execution.flow_version == null ? null : (
    <span className="shrink-0 text-xs text-ink-muted">v{execution.flow_version}</span>
  );
}

/** That an execution has warnings, whatever its status: a pass with some is not like any pass. */
export function Doubts({ execution }: OfExecution) {
  const doubts = doubtsOf(execution);
  if (doubts.length === 0) return null;
  return (
    <span
      title={doubts.join("\n")}
      className="relative inline-flex shrink-0 items-center gap-1 self-center text-xs font-medium whitespace-nowrap text-error"
    >
      <AlertTriangle aria-hidden className="size-3.5" strokeWidth={2.5} />
      {countOf(doubts)}
    </span>
  );
}

/** Why it failed, could not be judged, or waits; else what makes it doubtful; one line. */
export function Reason({ execution }: OfExecution) {
  const reason = reasonOf(execution);
  const text = reason ?? doubtsOf(execution)[0];
  if (text === undefined) return null;
  const ink = reason === undefined ? STATUS.error.ink : execution.error_message ? STATUS[execution.status].ink : "text-ink-muted";
  return <p className={cn("truncate font-mono text-xs", ink)}>{firstLine(text)}</p>;
}

/** What started it, and from which commit. */
export function Trigger({ execution }: OfExecution) {
  const { word, icon: Icon } = TRIGGERS[execution.trigger_type];
  const { branch, commit } = execution.labels;
  return (
    <span className="flex min-w-0 items-center gap-1.5 text-ink-soft" title={execution.triggered_by ?? undefined}>
      <Icon aria-hidden className="size-3.5 shrink-0 text-ink-muted" />
      {word}
      {(branch ?? commit) && (
        <span className="flex min-w-0 items-center gap-1 text-xs text-ink-muted">
          <GitBranch aria-hidden className="size-3 shrink-0" />
          {branch && <span className="truncate">{branch}</span>}
          {commit && <code className="font-mono min-[900px]:max-lg:hidden">{commit.slice(0, 7)}</code>}
        </span>
      )}
    </span>
  );
}

/** When it started, or since when it waits. */
export function Started({ execution }: OfExecution) {
  const time = execution.started_at ?? execution.requested_at;
  if (time == null) return <span className="text-ink-muted">–</span>;
  return <Ago time={time} className="relative tabular whitespace-nowrap text-ink-soft" />;
}

/** How long it took, or takes by now, and that as a part of the longest on the page. */
export function Duration({ execution, longestMs }: OfExecution & { longestMs: number }) {
  if (execution.status === "running" && execution.started_at != null) {
    return <RunningDuration execution={execution} startedAt={execution.started_at} longestMs={longestMs} />;
  }
  if (execution.status === "pending" || execution.duration_ms == null) {
    return <span className="text-ink-muted">–</span>;
  }
  return <DurationBar execution={execution} milliseconds={execution.duration_ms} longestMs={longestMs} />;
}

function RunningDuration({
  startedAt,
  ...rest
}: OfExecution & {
  startedAt: string;
  longestMs: number;
}) {
  const elapsed = Math.max(0, useNow().getTime() - new Date(startedAt).getTime());
  return <DurationBar milliseconds={elapsed} {...rest} />;
}

function DurationBar({
  execution,
  milliseconds,
  longestMs,
}: OfExecution & { milliseconds: number; longestMs: number }) {
  const part = longestMs <= 0 ? 0 : Math.min(1, milliseconds / longestMs);
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden className="h-1.5 w-16 overflow-hidden rounded-full bg-line">
        <span
          className={cn(
            "block h-full min-w-0.5 rounded-full",
            execution.status === "running" ? "animate-shimmer bg-running-fill" : "bg-pending-fill",
          )}
          style={{ width: `${part * 100}%` }}
        />
      </span>
      <span className="tabular whitespace-nowrap text-ink-soft">{formatDuration(milliseconds)}</span>
    </span>
  );
}

/** The end of the id, which tells it from its neighbours. */
export function Id({ execution }: OfExecution) {
  return (
    <code title={execution.id} className="relative font-mono text-xs text-ink-muted">
      {shortId(execution.id)}
    </code>
  );
}

/** Ends an execution that has not ended. */
export function CancelButton({ execution }: OfExecution) {
  const { cancel, isCancelling } = useCancel(execution);
  if (TERMINAL.has(execution.status)) return null;
  return (
    <Button
      size="small"
      tone="danger"
      disabled={isCancelling}
      onClick={cancel}
      aria-label={`Cancel ${execution.flow_name} ${shortId(execution.id)}`}
      className="relative"
    >
      <Square aria-hidden className="size-3" /> {isCancelling ? "Cancelling…" : "Cancel"}
    </Button>
  );
}
