import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef } from "react";
import { cn } from "../../components/cn";
import { useRoom } from "../useRoom";
import type { LogLevel, LogView } from "../contract";

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
  // oxlint-disable-next-line react/incompatible-library -- the compiler that it is about is not used here
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => LINE * rowsOf(lines[at]?.message ?? ""),
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
          const line = lines[item.index];
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

function rowsOf(message: string): number {
  return message.includes("\n") ? message.split("\n").length : 1;
}

/** The time of day in the browser's zone, to the millisecond. */
function clockOf(time: string): string {
  const moment = new Date(time);
  return `${moment.toTimeString().slice(0, 8)}.${String(moment.getMilliseconds()).padStart(3, "0")}`;
}
