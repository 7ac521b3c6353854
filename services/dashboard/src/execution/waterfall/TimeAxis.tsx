import { cn } from "../../components/cn";
import { formatDuration } from "../../components/format";
import { type Axis, ticksOf } from "../model/axis";
import { COLUMNS } from "./columns";

/** The head of the waterfall: stays in view while the steps scroll. */
export function TimeAxis({ axis, narrow, height }: { axis: Axis | null; narrow: boolean; height: number }) {
  return (
    <div role="rowgroup" className="sticky top-0 z-20 border-b bg-sunken" style={{ height }}>
      <div role="row" aria-rowindex={1} className={cn("items-center px-3 text-xs text-ink-muted", narrow ? "flex h-full justify-between" : `grid h-full ${COLUMNS}`)}>
        <span role="columnheader">Step</span>
        <span role="columnheader" className={cn("relative block h-full", narrow && "sr-only")}>
          <span className="sr-only">Time</span>
          {axis && !narrow && <Ticks axis={axis} />}
        </span>
        <span role="columnheader" className="text-right">
          {narrow && axis ? `Duration · ${formatDuration(axis.span)} in all` : "Duration"}
        </span>
      </div>
    </div>
  );
}

function Ticks({ axis }: { axis: Axis }) {
  return (
    <span aria-hidden className="tabular">
      {ticksOf(axis)
        .filter((tick) => tick / axis.span < 0.94)
        .map((tick) => (
          <span key={tick} className="absolute inset-y-0 flex items-center border-l border-line-strong pl-1.5" style={{ left: `${(tick / axis.span) * 100}%` }}>
            {tick === 0 ? "0" : formatDuration(tick).replace(".0 ", " ")}
          </span>
        ))}
    </span>
  );
}
