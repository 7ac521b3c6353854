import { cn } from "./cn";
import { STATUS, type Status } from "./status";

interface Props {
  status: Status;
  /** Icon alone; the word stays for those who listen. */
  compact?: boolean;
  className?: string;
}

/** A status as an icon and a word in its colour. */
export function StatusBadge({ status, compact = false, className }: Props) {
  const { word, icon: Icon, ink, wash } = STATUS[status];
  return (
    <span
      className={cn(
        "inline-flex items-center gap-1.5 text-xs font-medium whitespace-nowrap",
        ink,
        compact ? "" : cn("h-6 rounded-md px-2", wash),
        className,
      )}
    >
      <Icon aria-hidden className={cn("size-3.5 shrink-0", status === "running" && "animate-spin")} strokeWidth={2.5} />
      <span className={compact ? "sr-only" : ""}>{word}</span>
    </span>
  );
}
