import { CloudOff } from "lucide-react";
import { Button } from "../components/Button";
import { useNow } from "../components/clock";
import { useLiveState } from "../live/react";

/** Says that the page is cut off, and when it tries again. */
export function ConnectionBanner() {
  const { status, retryAt, retry } = useLiveState();
  return (
    <div role="status">
      {status === "offline" && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b bg-error-wash px-3 py-1.5 text-[13px] text-ink-soft sm:px-5">
          <CloudOff aria-hidden className="size-4 text-error" />
          <span>
            {navigator.onLine ? "The server cannot be reached." : "You are offline."} What you see may be out of date.
          </span>
          <span aria-hidden className="tabular">
            {retryAt !== null && navigator.onLine && <Countdown until={retryAt} />}
          </span>
          <Button size="small" onClick={retry} className="ml-auto">
            Try now
          </Button>
        </div>
      )}
    </div>
  );
}

function Countdown({ until }: { until: number }) {
  const seconds = Math.max(0, Math.ceil((until - useNow().getTime()) / 1_000));
  return <>Trying again in {seconds} s.</>;
}
