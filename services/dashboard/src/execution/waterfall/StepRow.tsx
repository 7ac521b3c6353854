import { ChevronRight, RotateCw } from "lucide-react";
import { type CSSProperties, memo, type ReactNode } from "react";
import { cn } from "../../components/cn";
import { formatDuration } from "../../components/format";
import { lookOf } from "../look";
import { type Axis, tickOf } from "../model/axis";
import { isWrong, type Row } from "../model/rows";
import { Repetition } from "../Repetition";
import { Bar } from "./Bar";
import { COLUMNS } from "./columns";

interface Props {
  id: string;
  row: Row;
  index: number;
  top: number;
  height: number;
  axis: Axis | null;
  now: number;
  narrow: boolean;
  selected: boolean;
  active: boolean;
  onOpen: (row: Row) => void;
  onFold: (key: string, shut: boolean) => void;
}

/** Room for the sign that folds, in pixels: it stands left of its row's name, so that names of one level align. */
const CHEVRON = 24;

/** One step, or one phase, of the waterfall. Keys are the grid's affair; a row is for the mouse. */
export const StepRow = memo(function StepRow(props: Props) {
  const { id, row, index, top, height, axis, now, narrow, selected, active, onOpen, onFold } = props;
  const { node } = row;
  const phase = node.kind === "phase";
  const indent = CHEVRON - 4 + (row.level - 1) * (narrow ? 10 : 16);
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the treegrid has the focus and hears the keys
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-selected={selected}
      aria-expanded={row.expanded ?? undefined}
      data-path={node.key}
      data-status={node.status}
      onClick={() => onOpen(row)}
      className={cn(
        "absolute inset-x-0 cursor-default border-b border-line px-3 text-[13px] hover:bg-hover",
        narrow ? "flex flex-col justify-center gap-1" : `grid items-center ${COLUMNS}`,
        phase && "bg-sunken",
        selected && "bg-selected shadow-[inset_3px_0_0_var(--accent)] hover:bg-selected",
        active && "group-focus-visible/grid:outline-2 group-focus-visible/grid:-outline-offset-2 group-focus-visible/grid:outline-focus",
      )}
      style={{ transform: `translateY(${top}px)`, height }}
    >
      <div role="gridcell" className="relative flex min-w-0 items-center gap-1.5" style={{ paddingLeft: indent }}>
        <Chevron row={row} left={indent - CHEVRON} onFold={onFold} />
        {phase ? <PhaseName row={row} /> : <StepName row={row} />}
        {narrow && <Duration row={row} now={now} className="ml-auto pl-2" />}
      </div>
      <div role="gridcell" className={cn("relative", narrow ? "h-1.5" : "h-full")} style={axis && !narrow ? ruled(axis) : undefined}>
        {axis && <Bar node={node} axis={axis} now={now} narrow={narrow} />}
      </div>
      {!narrow && (
        <div role="gridcell" className="text-right">
          <Duration row={row} now={now} />
        </div>
      )}
    </div>
  );
});

/** Faint lines at the round moments of the axis. */
function ruled(axis: Axis): CSSProperties {
  return {
    backgroundImage: "linear-gradient(to right, var(--line) 1px, transparent 1px)",
    backgroundSize: `${(tickOf(axis) / axis.span) * 100}% 100%`,
  };
}

function Chevron({ row, left, onFold }: { row: Row; left: number; onFold: Props["onFold"] }) {
  if (row.expanded === null) return null;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- ← and → do the same
    <span
      aria-hidden
      onClick={(event) => {
        event.stopPropagation();
        onFold(row.node.key, row.expanded === true);
      }}
      className="absolute flex size-[24px] items-center justify-center rounded text-ink-muted hover:bg-line"
      style={{ left }}
    >
      <ChevronRight className={cn("size-3.5 transition-transform", row.expanded && "rotate-90")} />
    </span>
  );
}

function PhaseName({ row }: { row: Row }) {
  const { word, icon: Icon, ink } = lookOf(row.node.status);
  return (
    <span className="flex items-center gap-1.5 text-xs font-semibold text-ink-soft">
      {row.node.name}
      {isWrong(row.node.status) && <Icon aria-hidden className={cn("size-3.5", ink)} strokeWidth={2.5} />}
      <span className="sr-only">{word}</span>
    </span>
  );
}

function StepName({ row }: { row: Row }) {
  const { node } = row;
  const { word, icon: Icon, ink } = lookOf(node.status);
  const idle = node.status === "planned" || node.status === "not_run" || node.status === "skipped";
  const retries = node.step?.retry_count ?? 0;
  return (
    <>
      <Icon aria-hidden className={cn("size-3.5 shrink-0", ink, node.status === "running" && "animate-spin")} strokeWidth={2.5} />
      <span className="sr-only">{word}</span>
      <span className={cn("truncate", idle ? "text-ink-muted" : "text-ink", isWrong(node.status) && "font-medium")} title={node.name}>
        {node.name}
      </span>
      <Repetition node={node} />
      {retries > 0 && (
        <span className="inline-flex shrink-0 items-center gap-0.5 text-xs text-error" title={`${retries} retries`}>
          <RotateCw aria-hidden className="size-3" />
          {retries}
          <span className="sr-only"> retries</span>
        </span>
      )}
      <span className="ml-1 shrink-[4] truncate font-mono text-xs text-ink-muted">{node.action}</span>
    </>
  );
}

function Duration({ row, now, className }: { row: Row; now: number; className?: string }) {
  const { node } = row;
  const { step, status } = node;
  let said: ReactNode = null;
  if (status === "running" && step) said = formatDuration(Math.max(0, now - Date.parse(step.started_at)));
  else if (status === "skipped" || status === "planned" || status === "not_run") said = node.kind === "step" ? lookOf(status).word : null;
  else if (step?.duration_ms != null) said = formatDuration(step.duration_ms);
  return <span className={cn("tabular shrink-0 text-xs whitespace-nowrap text-ink-muted", className)}>{said}</span>;
}
