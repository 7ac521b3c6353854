import { memo } from "react";
import type { ExecutionSummary } from "../api/types";
import { cn } from "../components/cn";
import { formatDuration } from "../components/format";
import { Skeleton } from "../components/Skeleton";
import { StatusBadge } from "../components/StatusBadge";
import { CancelButton, Doubts, FlowLink, FlowVersion, Reason, Started, Trigger } from "./cells";
import { FOCUSED } from "./look";
import { useIsFresh } from "./useIsFresh";

/** The list on a narrow window. */
export function ExecutionCards({ items }: { items: readonly ExecutionSummary[] }) {
  return (
    <ul aria-label="Executions, newest first">
      {items.map((item) => (
        <Card key={item.id} execution={item} />
      ))}
    </ul>
  );
}

/** The cards before they are known, in their final height. */
export function CardsSkeleton({ cards }: { cards: number }) {
  return (
    <ul aria-hidden>
      {Array.from({ length: cards }, (_, card) => (
        <li key={card} className="flex h-18 flex-col justify-center gap-3 border-b px-4">
          <Skeleton className="h-4 w-2/3" />
          <Skeleton className="h-3 w-1/2" />
        </li>
      ))}
    </ul>
  );
}

const Card = memo(function Card({ execution }: { execution: ExecutionSummary }) {
  return (
    <li
      className={cn(
        "relative flex min-h-18 flex-col justify-center gap-1 border-b px-4 py-2.5 active:bg-hover",
        FOCUSED,
        useIsFresh(execution) && "animate-appear",
      )}
    >
      <div className="flex items-center justify-between gap-3">
        <p className="flex min-w-0 items-baseline gap-2">
          <FlowLink execution={execution} />
          <FlowVersion execution={execution} />
          <Doubts execution={execution} />
        </p>
        <StatusBadge status={execution.status} />
      </div>
      <Reason execution={execution} />
      <div className="flex items-center gap-3 text-xs">
        <Trigger execution={execution} />
        {execution.environment && <span className="truncate text-ink-soft">{execution.environment}</span>}
        <span className="ml-auto flex items-center gap-3 whitespace-nowrap">
          {execution.status !== "running" && execution.duration_ms != null && (
            <span className="tabular text-ink-soft">{formatDuration(execution.duration_ms)}</span>
          )}
          <Started execution={execution} />
          <CancelButton execution={execution} />
        </span>
      </div>
    </li>
  );
});
