import { Link } from "@tanstack/react-router";
import { ListChecks, Play, SearchX } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../components/Button";
import { CopyButton } from "../components/CopyButton";
import { useOverlays } from "../shell/overlays";
import type { ListSearch } from "./search";

const COMMAND = "testmesh run --remote FLOW.yaml";

/** Nothing was ever run here: what this page is for, and how to begin. */
export function NothingYet() {
  const { show } = useOverlays();
  return (
    <Frame icon={<ListChecks aria-hidden className="size-6 text-ink-muted" />} title="No executions yet">
      <p className="max-w-md text-ink-muted">
        An execution is one run of a flow. Start one here, or from a terminal; it appears in this list while it runs.
      </p>
      <Button tone="primary" onClick={() => show("run")} className="mt-2">
        <Play aria-hidden className="size-3.5" /> Run a flow
      </Button>
      <div className="mt-3 flex max-w-full items-center gap-2 rounded-md border bg-sunken py-1 pr-1 pl-3">
        <code className="overflow-x-auto font-mono text-xs">{COMMAND}</code>
        <CopyButton text={COMMAND} label="Copy the command" />
      </div>
    </Frame>
  );
}

/** There are executions, but none that the filters let through. */
export function NothingMatches({ search }: { search: ListSearch }) {
  return (
    <Frame icon={<SearchX aria-hidden className="size-6 text-ink-muted" />} title="No executions match">
      <p className="text-ink-muted">{whatNoneHas(search)}</p>
      <Link to="/executions" className="font-medium text-accent-ink underline underline-offset-4">
        Clear filters
      </Link>
    </Frame>
  );
}

function whatNoneHas({ status, flow }: ListSearch): string {
  if (flow === undefined) return `None is ${status}.`;
  return status === undefined ? "This flow has not run yet." : `None of this flow is ${status}.`;
}

function Frame({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col items-center gap-2 px-6 py-20 text-center">
      <span className="mb-1 rounded-full bg-sunken p-3">{icon}</span>
      <h2 className="text-base font-semibold">{title}</h2>
      {children}
    </section>
  );
}
