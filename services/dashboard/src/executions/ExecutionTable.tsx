import { memo, type ReactNode } from "react";
import type { ExecutionSummary } from "../api/types";
import { cn } from "../components/cn";
import { Skeleton } from "../components/Skeleton";
import { StatusBadge } from "../components/StatusBadge";
import { CancelButton, Doubts, Duration, FlowLink, FlowVersion, Id, Reason, Started, Trigger } from "./cells";
import { FOCUSED } from "./look";
import { useIsFresh } from "./useIsFresh";

const HEAD = "px-3 py-2 text-left text-xs font-medium text-ink-muted first:pl-5 last:pr-5";
const CELL = "h-13 px-3 py-1.5 align-middle first:pl-5 last:pr-5";
/** Columns that leave their room to the flow's name where there is little. */
const ROOMY = "hidden min-[1120px]:table-cell";
const WIDEST = "hidden xl:table-cell";
const COLUMNS: readonly { name: string; shown?: string }[] = [
  { name: "Status" },
  { name: "Flow" },
  { name: "Environment", shown: ROOMY },
  { name: "Trigger" },
  { name: "Started" },
  { name: "Duration" },
  { name: "Id", shown: WIDEST },
];

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
          {COLUMNS.map(({ name, shown }) => (
            <td key={name} className={cn(CELL, shown)}>
              <Skeleton className={name === "Flow" ? "h-4 w-48 max-w-full" : "h-4 w-16 max-w-full"} />
            </td>
          ))}
          <td aria-label="Actions" className={CELL} />
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
        <col className="hidden w-32 min-[1120px]:table-column" />
        <col className="w-40 lg:w-52" />
        <col className="w-28" />
        <col className="w-40" />
        <col className="hidden w-24 xl:table-column" />
        <col className="w-32" />
      </colgroup>
      <thead>
        <tr className="border-b">
          {COLUMNS.map(({ name, shown }) => (
            <th key={name} scope="col" className={cn(HEAD, shown)}>
              {name}
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
    <tr className={cn("relative border-b hover:bg-hover", FOCUSED, useIsFresh(execution) && "animate-appear")}>
      <td className={CELL}>
        <StatusBadge status={execution.status} />
      </td>
      <td className={CELL}>
        <p className="flex items-baseline gap-2">
          <FlowLink execution={execution} />
          <FlowVersion execution={execution} />
          <Doubts execution={execution} />
        </p>
        <Reason execution={execution} />
      </td>
      <td className={cn(CELL, ROOMY)}>
        <p title={execution.environment ?? undefined} className="truncate text-ink-soft">
          {execution.environment ?? <None />}
        </p>
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
      <td className={cn(CELL, WIDEST)}>
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
