import { useMemo } from "react";
import { useNow } from "./clock";
import { formatAgo, formatMoment } from "./format";

/** A time, relative to now; in full on hover. */
export function Ago({ time, className }: { time: string; className?: string }) {
  const now = useNow();
  const { moment, title } = useMemo(() => inFull(time), [time]);
  return (
    <time dateTime={time} title={title} className={className}>
      {formatAgo(moment, now)}
    </time>
  );
}

function inFull(time: string) {
  const moment = new Date(time);
  return { moment, title: formatMoment(moment) };
}
