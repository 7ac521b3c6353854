import { cn } from "./cn";

/** The place of something that is on its way, in its final size. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cn("block animate-shimmer rounded bg-line", className)} />;
}
