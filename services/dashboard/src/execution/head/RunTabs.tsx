import { cn } from "../../components/cn";
import { STATUS, type Status } from "../../components/status";
import type { Go } from "../ExecutionPage";
import { isTerminal, stepsOf, type State } from "../model/state";

interface Props {
  state: State;
  run: number;
  newest: number;
  go: Go;
}

/** The runs of an execution: a second one is only there because the runner of the first was lost. */
export function RunTabs({ state, run, newest, go }: Props) {
  return (
    <fieldset className="mt-3 flex flex-wrap items-center gap-2">
      <legend className="sr-only">Which run is shown</legend>
      {Array.from({ length: newest }, (_, place) => place + 1).map((number) => {
        const status: Status = number < newest ? "error" : state.head.status;
        const { icon: Icon, ink, word } = STATUS[status];
        return (
          <button
            key={number}
            type="button"
            aria-pressed={number === run}
            onClick={() => go({ run: number === newest ? undefined : number })}
            className={cn(
              "inline-flex h-7 items-center gap-1.5 rounded-md border px-2.5 text-xs font-medium",
              number === run ? "border-accent bg-selected text-ink" : "text-ink-muted hover:bg-hover hover:text-ink",
            )}
          >
            Run {number}
            <Icon aria-hidden className={cn("size-3.5", ink, status === "running" && "animate-spin")} />
            <span className={ink}>{number < newest ? "lost" : word}</span>
          </button>
        );
      })}
      {run < newest && stepsOf(state, run).size === 0 && <span className="text-xs text-ink-muted">No step of it was recorded.</span>}
      {!isTerminal(state.head.status) && run < newest && <span className="text-xs text-ink-muted">Run {newest} is under way.</span>}
    </fieldset>
  );
}
