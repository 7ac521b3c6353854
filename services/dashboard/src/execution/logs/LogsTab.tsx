import { useMemo } from "react";
import { cn } from "../../components/cn";
import type { LogLevel } from "../contract";
import type { Go } from "../ExecutionPage";
import { steps } from "../model/rows";
import { isTerminal, type State } from "../model/state";
import type { Node } from "../model/tree";
import type { ExecutionSearch } from "../search";
import { SearchBox } from "../waterfall/Toolbar";
import { LEVELS, type LogFilter } from "./lines";
import LogsView from "./LogsView";

interface Props {
  state: State;
  tree: readonly Node[];
  search: ExecutionSearch;
  go: Go;
}

const MOST_CHOICES = 500;

/** The log of an execution, filtered by the server. */
export default function LogsTab({ state, tree, search, go }: Props) {
  const level: LogLevel = search.level ?? "debug";
  const filter = useMemo<LogFilter>(
    () => ({ level, step: search.of ?? null, text: search.find ?? "" }),
    [level, search.of, search.find],
  );
  const choices = steps(tree).slice(0, MOST_CHOICES);
  const select = "h-8 max-w-full rounded-md border bg-raised px-2 text-[13px]";
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 py-3">
        <SearchBox label="Search log lines" value={search.find ?? ""} onChange={(find) => go({ find: find || undefined })} />
        <select
          aria-label="Least level"
          value={level}
          onChange={(event) => go({ level: event.target.value === "debug" ? undefined : (event.target.value as "info") })}
          className={select}
        >
          {LEVELS.map((one) => (
            <option key={one} value={one}>
              {one === "debug" ? "all levels" : `${one} and worse`}
            </option>
          ))}
        </select>
        <select aria-label="Step" value={search.of ?? ""} onChange={(event) => go({ of: event.target.value || undefined })} className={cn(select, "sm:max-w-64")}>
          <option value="">all steps</option>
          {search.of && !choices.some((node) => node.key === search.of) && <option value={search.of}>{search.of}</option>}
          {choices.map((node) => (
            <option key={node.key} value={node.key}>
              {node.name}
              {node.iteration !== null && ` [${node.iteration}]`}
              {node.attempt !== null && `, attempt ${node.attempt}`}
            </option>
          ))}
        </select>
      </div>
      <LogsView key={JSON.stringify(filter)} id={state.head.id} ended={isTerminal(state.head.status)} filter={filter} />
    </>
  );
}
