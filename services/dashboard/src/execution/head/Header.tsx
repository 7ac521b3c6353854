import { Link } from "@tanstack/react-router";
import { ChevronRight, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "../../components/cn";
import { CopyButton } from "../../components/CopyButton";
import { formatDuration, formatMoment, shortId } from "../../components/format";
import { PageHeading } from "../../components/PageHeading";
import { StatusBadge } from "../../components/StatusBadge";
import { STATUS } from "../../components/status";
import { Ago } from "../../components/Time";
import { isTerminal, looksLike, type Head, type State } from "../model/state";
import { useTicker } from "../useTicker";
import { Actions } from "./Actions";
import { SIGN } from "./useEndTold";

/** What the execution is and how it stands, and what can be done with it. */
export function Header({ state }: { state: State }) {
  const { head } = state;
  return (
    <header>
      <nav aria-label="Breadcrumb" className="mb-1 flex items-center gap-1 text-xs text-ink-muted">
        <Link to="/executions" className="inline-flex min-h-[24px] items-center hover:text-ink hover:underline">
          Executions
        </Link>
        <ChevronRight aria-hidden className="size-3" />
        <span className="font-mono">{shortId(head.id)}</span>
        <CopyButton text={head.id} label="Copy the execution's id" />
      </nav>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Standing head={head} />
        <PageHeading title={`${SIGN[looksLike(head)]} ${head.status} · ${head.flow_name}`} className="min-w-0 flex-1 basis-56 text-xl break-words">
          {head.flow_name}
        </PageHeading>
        <Actions head={head} />
      </div>
      <ul aria-label="Facts" className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-[13px] text-ink-muted">
        <Fact name="Time">
          <Elapsed head={head} />
        </Fact>
        {head.environment && <Fact name="Environment">{head.environment}</Fact>}
        <Fact name="Trigger">
          {head.trigger_type}
          {head.triggered_by ? ` by ${head.triggered_by}` : ""}
        </Fact>
        <Fact name="Version">{head.flow_version ? `v${head.flow_version}` : "inline definition"}</Fact>
        {head.requested_at && (
          <Fact name="Requested">
            <Ago time={head.requested_at} />
          </Fact>
        )}
        <Counts head={head} />
      </ul>
    </header>
  );
}

function Standing({ head }: { head: Head }) {
  const size = "h-7 px-2.5 text-[13px]";
  if (looksLike(head) === head.status) return <StatusBadge status={head.status} className={size} />;
  const { ink, wash } = STATUS.error;
  return (
    <span className={cn("inline-flex items-center gap-1.5 rounded-md font-medium", ink, wash, size)}>
      <TriangleAlert aria-hidden className="size-3.5" strokeWidth={2.5} /> {head.status}, but events were lost
    </span>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <li>
      <span className="sr-only">{name}: </span>
      {children}
    </li>
  );
}

function Elapsed({ head }: { head: Head }) {
  const runs = !isTerminal(head.status) && head.started_at !== null && head.started_at !== undefined;
  const now = useTicker(runs, 100);
  const since = head.started_at ? Math.max(0, now - Date.parse(head.started_at)) : null;
  const told = runs ? since : (head.duration_ms ?? null);
  return (
    <span className="tabular font-medium text-ink" title={head.started_at ? `Started ${formatMoment(new Date(head.started_at))}` : undefined}>
      {told === null ? "not started" : formatDuration(told)}
    </span>
  );
}

function Counts({ head }: { head: Head }) {
  const counts = Object.entries(head.step_counts).filter(([, count]) => count > 0);
  if (counts.length === 0) return null;
  return <Fact name="Steps">{counts.map(([status, count]) => `${count} ${status}`).join(", ")}</Fact>;
}
