import { cn } from "../../components/cn";
import { formatDuration } from "../../components/format";
import { lookOf } from "../look";
import type { Step } from "../model/state";

/** Each try of a step. Of very many, the first and the last were kept. */
export function Attempts({ step }: { step: Step | null }) {
  const attempts = step?.attempts ?? [];
  const first = attempts[0];
  if (first === undefined) return <p className="text-[13px] text-ink-muted">No attempt of this step has ended.</p>;
  const start = Date.parse(first.started_at);
  return (
    <ol className="divide-y rounded-md border">
      {attempts.map((attempt) => {
        const { word, icon: Icon, ink } = lookOf(attempt.status);
        return (
          <li key={attempt.number} className="px-3 py-2 text-[13px]">
            <p className="tabular flex flex-wrap items-center gap-x-3">
              <span className="text-ink-muted">#{attempt.number}</span>
              <span className={cn("inline-flex items-center gap-1.5 font-medium", ink)}>
                <Icon aria-hidden className="size-3.5" strokeWidth={2.5} /> {word}
              </span>
              <span>{formatDuration(attempt.duration_ms)}</span>
              <span className="text-ink-muted">after {formatDuration(Math.max(0, Date.parse(attempt.started_at) - start))}</span>
              {attempt.error_code && <code className="ml-auto font-mono text-xs text-ink-muted">{attempt.error_code}</code>}
            </p>
            {attempt.error_message && <p className="mt-1 break-words whitespace-pre-wrap text-ink-soft">{attempt.error_message}</p>}
          </li>
        );
      })}
      {step && step.retry_count + 1 > attempts.length && (
        <li className="px-3 py-2 text-xs text-ink-muted">{step.retry_count + 1} attempts in all; the first and the last were kept.</li>
      )}
    </ol>
  );
}
