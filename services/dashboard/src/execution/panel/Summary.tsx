import { cn } from "../../components/cn";
import { formatDuration, formatMoment } from "../../components/format";
import { lookOf } from "../look";
import type { Step } from "../model/state";
import type { Node } from "../model/tree";
import { FailedAssertion } from "./Assertions";
import { HttpSummary } from "./HttpSummary";
import { JsonTree } from "./JsonTree";

/** What one wants to know of a step first: why it went wrong, then what it did. */
export function Summary({ node }: { node: Node }) {
  const { step } = node;
  if (step === null) {
    const said = node.status === "planned" ? "This step has not begun yet." : "The run ended before this step.";
    return <p className="text-[13px] text-ink-muted">{said}</p>;
  }
  const wrong = step.assertions.filter((outcome) => !outcome.holds);
  return (
    <div className="space-y-5">
      {step.error_message && wrong.length === 0 && <Fault code={step.error_code} message={step.error_message} status={step.status} />}
      {wrong.length > 0 && (
        <div className="space-y-3">
          {wrong.map((outcome) => (
            <FailedAssertion key={`${outcome.line}:${outcome.column}:${outcome.expression}`} outcome={outcome} />
          ))}
        </div>
      )}
      {step.action === "http_request" && <HttpSummary input={step.input} output={step.output} />}
      <dl className="grid grid-cols-[minmax(5.5rem,auto)_1fr] gap-x-4 gap-y-1 text-[13px]">
        <Fact name="Began">{formatMoment(new Date(step.started_at))}</Fact>
        <Fact name="Duration">{step.duration_ms == null ? "still running" : formatDuration(step.duration_ms)}</Fact>
        {step.retry_count > 0 && <Fact name="Attempts">{String(step.retry_count + 1)}</Fact>}
        {step.iteration != null && <Fact name="Iteration">{String(step.iteration)}</Fact>}
        {step.line != null && <Fact name="In the flow">{`line ${step.line}, column ${step.column ?? 1}`}</Fact>}
      </dl>
      {Object.keys(step.outputs).length > 0 && (
        <section>
          <h3 className="mb-1 text-xs font-semibold text-ink-soft">Variables it set</h3>
          <JsonTree value={step.outputs} label="variables that the step set" />
        </section>
      )}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <>
      <dt className="text-ink-muted">{name}</dt>
      <dd className="tabular min-w-0 break-words">{children}</dd>
    </>
  );
}

const BORDER: Partial<Record<Step["status"], string>> = { failed: "border-failed-fill/40", error: "border-error-fill/40" };

function Fault({ code, message, status }: { code: string | null | undefined; message: string; status: Step["status"] }) {
  if (status === "skipped" || status === "cancelled") return <p className="text-[13px] text-ink-soft">{message}</p>;
  const { icon: Icon, ink, wash } = lookOf(status);
  return (
    <div className={cn("flex items-start gap-2.5 rounded-md border px-3 py-2.5 text-[13px]", wash, BORDER[status])}>
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", ink)} />
      <p className="min-w-0 flex-1 break-words whitespace-pre-wrap">{message}</p>
      {code && <code className="mt-px font-mono text-xs text-ink-soft">{code}</code>}
    </div>
  );
}
