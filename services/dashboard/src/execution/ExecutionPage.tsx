import { getRouteApi } from "@tanstack/react-router";
import { Tabs } from "radix-ui";
import { useCallback, useMemo } from "react";
import { ErrorCard } from "../components/ErrorCard";
import { lazyPart } from "../components/lazyPart";
import { PageHeading } from "../components/PageHeading";
import { Skeleton } from "../components/Skeleton";
import { Details } from "./Details";
import { Banners } from "./head/Banners";
import { Header } from "./head/Header";
import { RunTabs } from "./head/RunTabs";
import { useEndTold } from "./head/useEndTold";
import { runNumbers, type State } from "./model/state";
import { treeOf } from "./model/tree";
import { PAGE_TABS, type ExecutionSearch, type PageTab } from "./search";
import { StepsTab } from "./StepsTab";
import { TAB, TAB_LIST } from "./tabs";
import { useExecution } from "./useExecution";

const LogsTab = lazyPart(() => import("./logs/LogsTab"), {
  waiting: <Skeleton className="mt-3 h-96" />,
  failed: (error, retry) => (
    <div className="mt-3">
      <ErrorCard error={error} onRetry={retry} />
    </div>
  ),
});

const route = getRouteApi("/executions/$id");

/** The address of the page, changed in place: moving about in one execution is no journey to go back on, but for its tabs. */
export type Go = (changes: Partial<ExecutionSearch>) => void;

/** One execution: how it stands, its steps on a time axis, what each sent, received and asserted, its log. */
export default function ExecutionPage() {
  const { id } = route.useParams();
  const { state, error, behind, refetch } = useExecution(id);
  if (state === null) {
    return (
      <Frame>
        <PageHeading title="Execution" className={error ? "mb-4" : "sr-only"} />
        {error ? <ErrorCard error={error} onRetry={refetch} /> : <Loading />}
      </Frame>
    );
  }
  return (
    <Frame>
      <Execution key={id} state={state} behind={behind} refetch={refetch} />
    </Frame>
  );
}

function Execution({ state, behind, refetch }: { state: State; behind: boolean; refetch: () => void }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = useCallback<Go>(
    (changes) => {
      const replace = !("tab" in changes);
      void navigate({ search: (before) => ({ ...before, ...changes }), replace, resetScroll: false });
    },
    [navigate],
  );
  const newest = Math.max(1, ...runNumbers(state));
  const run = Math.min(search.run ?? newest, newest);
  const tree = useMemo(() => treeOf(state, run), [state, run]);
  const tab = search.tab ?? "steps";
  useEndTold(state.head);

  return (
    <>
      <Header state={state} />
      <Banners head={state.head} behind={behind} refetch={refetch} />
      {newest > 1 && <RunTabs state={state} run={run} newest={newest} go={go} />}
      <Tabs.Root value={tab} onValueChange={(to) => go({ tab: to === "steps" ? undefined : (to as PageTab) })} className="mt-4">
        <Tabs.List aria-label="Parts of the execution" className={TAB_LIST}>
          {PAGE_TABS.map((one) => (
            <Tabs.Trigger key={one} value={one} className={TAB}>
              {one[0]?.toUpperCase() + one.slice(1)}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value="steps" tabIndex={-1}>
          <StepsTab state={state} run={run} newest={newest} tree={tree} search={search} go={go} />
        </Tabs.Content>
        <Tabs.Content value="logs" tabIndex={-1}>
          <LogsTab state={state} tree={tree} search={search} go={go} />
        </Tabs.Content>
        <Tabs.Content value="details" tabIndex={-1}>
          <Details state={state} newest={newest} />
        </Tabs.Content>
      </Tabs.Root>
    </>
  );
}

function Frame({ children }: { children: React.ReactNode }) {
  return <div className="mx-auto w-full max-w-[110rem] px-4 py-4 md:px-6">{children}</div>;
}

function Loading() {
  return (
    <div role="status" aria-label="The execution is being fetched">
      <Skeleton className="h-7 w-72 max-w-full" />
      <Skeleton className="mt-3 h-5 w-96 max-w-full" />
      <Skeleton className="mt-6 h-8 w-full" />
      <Skeleton className="mt-3 h-80 w-full" />
    </div>
  );
}
