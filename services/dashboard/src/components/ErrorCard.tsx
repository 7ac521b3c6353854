import { AlertTriangle, RotateCw } from "lucide-react";
import { problemOf } from "../api/problem";
import { Button } from "./Button";

/** Why something could not be shown, in the server's words, and a way to try again. */
export function ErrorCard({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = problemOf(error);
  return (
    <section role="alert" className="rounded-lg border border-failed-fill/40 bg-failed-wash p-4">
      <div className="flex items-start gap-3">
        <AlertTriangle aria-hidden className="mt-0.5 size-4 shrink-0 text-failed" />
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold text-failed">{problem.title}</h2>
          <p className="mt-0.5 break-words text-ink-soft">{problem.detail}</p>
          <p className="mt-2 font-mono text-xs break-all text-ink-soft">
            {problem.code}
            {problem.trace_id ? ` · trace ${problem.trace_id}` : ""}
          </p>
        </div>
        {onRetry && (
          <Button size="small" onClick={onRetry}>
            <RotateCw aria-hidden className="size-3.5" /> Retry
          </Button>
        )}
      </div>
    </section>
  );
}
