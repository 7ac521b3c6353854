import { memo, type ReactNode } from "react";
import type { ExecutionSummary } from "../api/types";
import { cn } from "../components/cn";
import { Skeleton } from "../components/Skeleton";
import { StatusBadge } from "../components/StatusBadge";
import { CancelButton, Duration, FlowLink, FlowVersion, Id, Reason, Started, Trigger } from "./cells";
import { useIsFresh } from "./useIsFresh";

const HEAD = "px-3 py-2 text-left text-xs font-medium text-ink-muted first:pl-5 last:pr-5";
const CELL = "h-13 px-3 py-1.5 align-middle first:pl-5 last:pr-5";
const COLUMNS = ["Status", "Flow", "Environment", "Trigger", "Started", "Duration", "Id"];

/** The list on a wide window. */
export function ExecutionTable({ items, longestMs }: { items: readonly ExecutionSummary[]; longestMs: number }) {
  return (
    <Frame>
      {items.map((item) => (
        <Row key={item.id} execution={item} longestMs={longestMs} />
      ))}
    </Frame>
  );
}

/** The list before it is known, in its final height. */
export function TableSkeleton({ rows }: { rows: number }) {
  return (
    <Frame>
      {Array.from({ length: rows }, (_, row) => (
        <tr key={row} className="border-b">
          {[...COLUMNS, ""].map((column) => (
            <td key={column} className={CELL}>
              {column && <Skeleton className={column === "Flow" ? "h-4 w-48" : "h-4 w-16"} />}
            </td>
          ))}
        </tr>
      ))}
    </Frame>
  );
}

function Frame({ children }: { children: ReactNode }) {
  return (
    <table className="w-full table-fixed border-collapse text-[13px]">
      <caption className="sr-only">Executions, newest first</caption>
      <colgroup>
        <col className="w-30" />
        <col />
        <col className="w-32" />
        <col className="w-52" />
        <col className="w-28" />
        <col className="w-40" />
        <col className="w-24" />
        <col className="w-32" />
      </colgroup>
      <thead>
        <tr className="border-b">
          {COLUMNS.map((column) => (
            <th key={column} scope="col" className={HEAD}>
              {column}
            </th>
          ))}
          <th scope="col" className={HEAD}>
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

const Row = memo(function Row({ execution, longestMs }: { execution: ExecutionSummary; longestMs: number }) {
  return (
    <tr className={cn("relative border-b hover:bg-hover", useIsFresh(execution) && "animate-appear")}>
      <td className={CELL}>
        <StatusBadge status={execution.status} />
      </td>
      <td className={CELL}>
        <p className="flex items-baseline gap-2 truncate">
          <FlowLink execution={execution} />
          <FlowVersion execution={execution} />
        </p>
        <Reason execution={execution} />
      </td>
      <td className={CELL}>
        <p className="truncate text-ink-soft">{execution.environment ?? <None />}</p>
      </td>
      <td className={CELL}>
        <Trigger execution={execution} />
      </td>
      <td className={CELL}>
        <Started execution={execution} />
      </td>
      <td className={CELL}>
        <Duration execution={execution} longestMs={longestMs} />
      </td>
      <td className={CELL}>
        <Id execution={execution} />
      </td>
      <td className={`${CELL} text-right`}>
        <CancelButton execution={execution} />
      </td>
    </tr>
  );
});

function None() {
  return <span className="text-ink-muted">–</span>;
}
