import { cn } from "../../components/cn";
import { formatDuration } from "../../components/format";
import { lookOf } from "../look";
import { type Axis, between, type Extent, extentOf, extentOfGroup } from "../model/axis";
import type { Step } from "../model/state";
import type { Node } from "../model/tree";

interface Props {
  node: Node;
  axis: Axis;
  now: number;
  narrow: boolean;
}

/** Where a step lies in the time of its run; its tries solid, the waits between them pale; what is to come hollow. */
export function Bar({ node, axis, now, narrow }: Props) {
  const thick = narrow ? "inset-y-0" : "top-1/2 h-3 -translate-y-1/2";
  if (node.kind === "phase") {
    const extent = extentOfGroup(node, axis, now);
    const thin = narrow ? "inset-y-0.5" : "top-1/2 h-1 -translate-y-1/2";
    return extent && <span aria-hidden className={cn("absolute rounded-full bg-line-strong", thin)} style={placed(extent)} />;
  }
  if (node.step === null) {
    return node.status === "planned" ? <Hollow axis={axis} now={now} className={thick} /> : null;
  }
  const extent = extentOf(node.step, axis, now);
  if (extent === null) return null;
  return (
    <span
      title={titleOf(node.step, axis)}
      className={cn(
        "absolute overflow-hidden rounded-[3px]",
        thick,
        node.step.attempts.length < 2 && lookOf(node.status).fill,
        node.status === "running" && "motion-safe:animate-pulse",
      )}
      style={placed(extent)}
    >
      {node.step.attempts.length > 1 && <Tries step={node.step} extent={extent} axis={axis} />}
    </span>
  );
}

function Hollow({ axis, now, className }: { axis: Axis; now: number; className: string }) {
  const at = between(now, now, axis).left;
  return (
    <span
      aria-hidden
      className={cn("absolute w-6 rounded-[3px] border border-dashed border-line-strong", className)}
      style={{ left: `min(${at * 100}%, calc(100% - 1.5rem))` }}
    />
  );
}

/** Each try in its place within the bar. */
function Tries({ step, extent, axis }: { step: Step; extent: Extent; axis: Axis }) {
  return [
    <span key="waits" className={cn("absolute inset-0 opacity-30", lookOf(step.status).fill)} />,
    ...step.attempts.map((attempt) => {
      const start = Date.parse(attempt.started_at);
      const { left, width } = between(start, start + attempt.duration_ms, axis);
      const whole = extent.width || 1;
      return (
        <span
          key={attempt.number}
          className={cn("absolute inset-y-0 min-w-[3px]", lookOf(attempt.status).fill)}
          style={{ left: `${((left - extent.left) / whole) * 100}%`, width: `${(width / whole) * 100}%` }}
        />
      );
    }),
  ];
}

function placed({ left, width }: Extent) {
  return { left: `min(${left * 100}%, calc(100% - 3px))`, width: `max(3px, ${width * 100}%)` };
}

function titleOf(step: Step, axis: Axis): string {
  const start = Math.max(0, Date.parse(step.started_at) - axis.start);
  if (step.duration_ms == null) return `began after ${formatDuration(start)}`;
  const share = Math.round((step.duration_ms / axis.span) * 100);
  return `began after ${formatDuration(start)}, took ${formatDuration(step.duration_ms)}, ${share} % of the run`;
}
