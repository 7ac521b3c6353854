import { getRouteApi } from "@tanstack/react-router";
import { ArrowUp, Play } from "lucide-react";
import { useMemo } from "react";
import { unreachable } from "../api/problem";
import { Button } from "../components/Button";
import { cn } from "../components/cn";
import { ErrorCard } from "../components/ErrorCard";
import { PageHeading } from "../components/PageHeading";
import { useMediaQuery } from "../components/useMediaQuery";
import { useOverlays } from "../shell/overlays";
import { NothingMatches, NothingYet } from "./Empty";
import { CardsSkeleton, ExecutionCards } from "./ExecutionCards";
import { ExecutionTable, TableSkeleton } from "./ExecutionTable";
import { Filters } from "./Filters";
import type { ExecutionsPageData } from "./listQuery";
import { WIDE } from "./look";
import { Pager } from "./Pager";
import type { ListSearch } from "./search";
import { totalOf } from "./total";
import { useIsAtTop } from "./useIsAtTop";
import { useLiveList } from "./useLiveList";
import { useRowKeys } from "./useRowKeys";

const route = getRouteApi("/executions");
const SKELETON_ROWS = 12;

/** The list of executions, as they happen. */
export default function ExecutionsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { show } = useOverlays();
  const { query, newCount } = useLiveList(search, useIsAtTop());
  const { cursor: _, ...firstPage } = search;
  // The first refusal is said at once, while it is asked again; without a network nothing is asked at all.
  const unasked = query.isPaused ? unreachable() : query.failureReason;
  useRowKeys();

  function showNew() {
    window.scrollTo({ top: 0 });
    if (search.cursor === undefined) void query.refetch();
    else void navigate({ search: firstPage });
  }

  return (
    <>
      <div className="z-20 border-b bg-ground md:sticky md:top-12">
        <div className="flex items-center justify-between gap-4 px-4 pt-4 pb-2 md:px-5">
          <PageHeading title="Executions" className="flex items-baseline gap-2.5">
            Executions
            {query.data !== undefined && query.data.items.length > 0 && (
              <span className="text-[13px] font-normal tabular text-ink-muted">{totalOf(search, query.data)}</span>
            )}
          </PageHeading>
          <Button tone="primary" onClick={() => show("run")}>
            <Play aria-hidden className="size-3.5" /> Run
          </Button>
        </div>
        <Filters search={search} />
        <NewPill count={newCount} onShow={showNew} />
      </div>
      {query.isError && <Refused error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && (unasked === null ? <Waiting /> : <Refused error={unasked} onRetry={() => void query.refetch()} />)}
      {query.data !== undefined && (
        <div className={cn("transition-opacity", (query.isPlaceholderData || query.isError) && "opacity-60")}>
          <Listed page={query.data} search={search} />
          {query.data.items.length > 0 && <Pager search={search} page={query.data} />}
        </div>
      )}
    </>
  );
}

function Listed({ page, search }: { page: ExecutionsPageData; search: ListSearch }) {
  const isWide = useMediaQuery(WIDE);
  const longestMs = useMemo(() => Math.max(0, ...page.items.map((item) => item.duration_ms ?? 0)), [page.items]);
  if (page.items.length === 0) {
    return search.status === undefined && search.flow === undefined ? <NothingYet /> : <NothingMatches search={search} />;
  }
  return isWide ? <ExecutionTable items={page.items} longestMs={longestMs} /> : <ExecutionCards items={page.items} />;
}

function Refused({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div className="p-4 md:p-5">
      <ErrorCard error={error} onRetry={onRetry} />
    </div>
  );
}

function Waiting() {
  const isWide = useMediaQuery(WIDE);
  return (
    <div role="status" aria-label="The executions are on their way">
      {isWide ? <TableSkeleton rows={SKELETON_ROWS} /> : <CardsSkeleton cards={SKELETON_ROWS} />}
    </div>
  );
}

function NewPill({ count, onShow }: { count: number; onShow: () => void }) {
  return (
    <div role="status" className="fixed inset-x-0 top-13 z-20 flex justify-center md:absolute md:top-full">
      {count > 0 && (
        <button
          type="button"
          onClick={onShow}
          className="mt-2 flex h-7 items-center gap-1.5 rounded-full bg-accent px-3 text-xs font-medium text-on-accent shadow-float"
        >
          <ArrowUp aria-hidden className="size-3.5" /> {count >= 1_000 ? "1 000 and more" : count} new
        </button>
      )}
    </div>
  );
}
