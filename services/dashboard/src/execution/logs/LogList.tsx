import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { cn } from "../../components/cn";
import { useRoom } from "../useRoom";
import type { LogLevel, LogView } from "../contract";
import { entriesOf, type Entry } from "./lines";

/** Of one row, in pixels. Rows do not wrap, so that each line's height is known without measuring it. */
const LINE = 18;
/** How far from its end a list still counts as being there. */
const NEAR = 24;
/** A list also moves by itself, when lines turn out to be of another height: this long after an input it is the reader. */
const BY_HAND_MS = 600;
const INPUTS = ["wheel", "touchmove", "pointerdown", "pointermove", "keydown"] as const;

interface Props {
  lines: readonly LogView[];
  follow: boolean;
  onFollow: (follow: boolean) => void;
  compact: boolean;
}

const INK: Record<LogLevel, string> = {
  debug: "text-ink-muted",
  info: "text-running",
  warning: "text-error",
  error: "text-failed",
};

/** Lines of any number, of which those in view are drawn. Scrolling up lets go of the end. */
export function LogList({ lines, follow, onFollow, compact }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const room = useRoom(scroller);
  const before = useRef(0);
  const entries = useMemo(() => entriesOf(lines), [lines]);
  // oxlint-disable-next-line react/incompatible-library -- the compiler that it is about is not used here
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => LINE * rowsOf(entries[at]),
    overscan: 20,
  });

  const total = virtual.getTotalSize();
  useLayoutEffect(() => {
    const element = scroller.current;
    if (follow && element !== null) element.scrollTop = element.scrollHeight;
  }, [follow, lines.length, total, room]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    let touched = 0;
    const touch = (event: Event): void => {
      if (event.type !== "pointermove" || (event as PointerEvent).buttons > 0) touched = Date.now();
    };
    const scrolled = (): void => {
      const up = element.scrollTop < before.current - 1;
      const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
      before.current = element.scrollTop;
      if (up && !atEnd && Date.now() - touched < BY_HAND_MS) onFollow(false);
    };
    for (const input of INPUTS) element.addEventListener(input, touch, { passive: true });
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      for (const input of INPUTS) element.removeEventListener(input, touch);
      element.removeEventListener("scroll", scrolled);
    };
  }, [onFollow]);

  return (
    <div
      ref={scroller}
      role="region"
      aria-label="Log lines"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must get there
      tabIndex={0}
      className={cn("overflow-auto rounded-lg border bg-sunken py-1 transition-none", compact && "max-h-[50dvh]")}
      style={compact ? undefined : { height: room }}
    >
      <div className="relative transition-none" style={{ height: total }}>
        {virtual.getVirtualItems().map((item) => {
          const line = entries[item.index];
          if (line !== undefined && "begins" in line) return <RunBegins key={item.key} run={line.run} top={item.start} />;
          return (
            line && (
              <div
                key={item.key}
                data-log-line={`${line.run}/${line.seq}`}
                className={cn("absolute min-w-full px-3 font-mono text-xs whitespace-pre", line.level === "error" && "bg-failed-wash")}
                style={{ transform: `translateY(${item.start}px)`, lineHeight: `${LINE}px` }}
              >
                <time dateTime={line.at} className="text-ink-muted">
                  {clockOf(line.at)}
                </time>{" "}
                <span className={cn("font-medium", INK[line.level])}>{line.level.padEnd(7)}</span>{" "}
                {!compact && line.path && <span className="text-ink-muted">{line.path} </span>}
                <span className="text-ink">{line.message}</span>
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

/** Where the lines of another run begin: it has done the same steps anew. */
function RunBegins({ run, top }: { run: number; top: number }) {
  return (
    <div
      data-log-run={run}
      className="absolute flex min-w-full items-center gap-2 px-3 text-xs font-semibold text-ink-soft after:h-px after:flex-1 after:bg-line-strong"
      style={{ transform: `translateY(${top}px)`, lineHeight: `${LINE}px` }}
    >
      Run {run}
    </div>
  );
}

function rowsOf(entry: Entry | undefined): number {
  return entry !== undefined && "message" in entry && entry.message.includes("\n") ? entry.message.split("\n").length : 1;
}

/** The time of day in the browser's zone, to the millisecond. */
function clockOf(time: string): string {
  const moment = new Date(time);
  return `${moment.toTimeString().slice(0, 8)}.${String(moment.getMilliseconds()).padStart(3, "0")}`;
}
