import { Link } from "@tanstack/react-router";
import { cn } from "../components/cn";
import { STATUS } from "../components/status";
import { FlowFilter } from "./FlowFilter";
import { type ListSearch, STATUSES } from "./search";

const CHIP = "flex h-7 shrink-0 items-center gap-1.5 rounded-md border px-2 text-[13px] font-medium md:px-2.5";
const SHOWN = "border-line-strong bg-hover text-ink";
const HIDDEN = "border-transparent text-ink-muted hover:bg-hover hover:text-ink";

/** Which executions the list shows; the address says it too. */
export function Filters({ search }: { search: ListSearch }) {
  return (
    <div className="flex flex-col gap-x-3 gap-y-2 px-4 pb-2.5 md:flex-row md:flex-wrap md:items-center md:px-5">
      <nav aria-label="Status" className="flex flex-wrap gap-0.5">
        <StatusLink search={search} />
        {STATUSES.map((status) => (
          <StatusLink key={status} search={search} status={status} />
        ))}
      </nav>
      <FlowFilter search={search} />
    </div>
  );
}

function StatusLink({ search, status }: { search: ListSearch; status?: (typeof STATUSES)[number] }) {
  const isShown = search.status === status;
  const look = status && STATUS[status];
  const Icon = look?.icon;
  return (
    <Link
      to="/executions"
      search={{ status, flow: search.flow, limit: search.limit }}
      activeOptions={{ exact: true, includeSearch: true }}
      activeProps={{ "aria-current": isShown }}
      inactiveProps={{ "aria-current": isShown }}
      className={cn(CHIP, isShown ? SHOWN : HIDDEN)}
    >
      {Icon && <Icon aria-hidden className={cn("size-3.5", look.ink)} strokeWidth={2.5} />}
      {status ?? "all"}
    </Link>
  );
}
