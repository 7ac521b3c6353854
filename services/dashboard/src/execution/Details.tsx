import type { ReactNode } from "react";
import { CopyButton } from "../components/CopyButton";
import { formatDuration, formatMoment } from "../components/format";
import { isTerminal, type State } from "./model/state";
import { Payload } from "./panel/Payload";

/** What else is known of an execution. */
export function Details({ state, newest }: { state: State; newest: number }) {
  const { head } = state;
  const labels = Object.entries(head.labels);
  return (
    <div className="mt-4 grid gap-6 lg:grid-cols-2">
      <section aria-labelledby="facts">
        <h2 id="facts" className="mb-2 font-semibold">
          Execution
        </h2>
        <dl className="grid grid-cols-[minmax(6rem,auto)_1fr] text-[13px]">
          <Id name="Id" value={head.id} />
          <Id name="Flow" value={head.flow_id} />
          <Line name="Version">{head.flow_version ? `v${head.flow_version}` : null}</Line>
          <Line name="Environment">{head.environment}</Line>
          <Line name="Priority">{head.priority}</Line>
          <Line name="Trigger">{[head.trigger_type, head.triggered_by].filter(Boolean).join(" by ")}</Line>
          <Id name="Rerun of" value={head.parent_id} />
          <Id name="Batch" value={head.batch_id} />
          <Line name="Requested">{moment(head.requested_at)}</Line>
          <Line name="Started">{moment(head.started_at)}</Line>
          <Line name="Finished">{moment(head.finished_at)}</Line>
          <Line name="Duration">{head.duration_ms ? formatDuration(head.duration_ms) : null}</Line>
          <Line name="Deadline">{isTerminal(head.status) ? null : moment(head.deadline_at)}</Line>
          <Line name="Runs">{head.run === 0 ? "none yet" : String(newest)}</Line>
          <Line name="Runner">{state.runner}</Line>
          <Line name="Uploaded">{moment(head.upload?.uploaded_at)}</Line>
          <Line name="Seed">{head.upload?.seed ?? null}</Line>
          <Line name="Lost events">{String(head.lost_events)}</Line>
        </dl>
      </section>
      <div className="min-w-0 space-y-6">
        <section aria-labelledby="labels">
          <h2 id="labels" className="mb-2 font-semibold">
            Labels
          </h2>
          {labels.length === 0 && <p className="text-[13px] text-ink-muted">None were given.</p>}
          <ul className="flex flex-wrap gap-2">
            {labels.map(([name, value]) => (
              <li key={name} className="rounded-md border bg-sunken px-2 py-0.5 font-mono text-xs break-all">
                <span className="text-ink-muted">{name}</span> {value}
              </li>
            ))}
          </ul>
        </section>
        <section aria-labelledby="outputs">
          <h2 id="outputs" className="mb-2 font-semibold">
            Outputs
          </h2>
          <Payload value={head.outputs} label="the flow's outputs" empty="The flow has set no outputs." />
        </section>
      </div>
    </div>
  );
}

function moment(time: string | null | undefined): string | null {
  return time ? formatMoment(new Date(time)) : null;
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  if (children === null || children === undefined || children === "") return null;
  return (
    <>
      <dt className="border-b py-1.5 pr-4 text-ink-muted">{name}</dt>
      <dd className="min-w-0 border-b py-1.5 break-words">{children}</dd>
    </>
  );
}

function Id({ name, value }: { name: string; value: string | null | undefined }) {
  if (!value) return null;
  return (
    <Line name={name}>
      <span className="inline-flex max-w-full items-center gap-1">
        <code className="min-w-0 font-mono text-xs break-all">{value}</code>
        <CopyButton text={value} label={`Copy ${name}`} />
      </span>
    </Line>
  );
}
