import { useMemo, useRef, useState } from "react";
import { useMediaQuery } from "../components/useMediaQuery";
import { useShortcut } from "../shell/shortcuts";
import type { Go } from "./ExecutionPage";
import { ancestors, failures, find, nextFailure, rowsOf } from "./model/rows";
import { isTerminal, type State } from "./model/state";
import type { Node } from "./model/tree";
import { StepPanel } from "./panel/StepPanel";
import type { ExecutionSearch } from "./search";
import { useRoom } from "./useRoom";
import { Grid } from "./waterfall/Grid";
import { Toolbar } from "./waterfall/Toolbar";

/** Wide enough for the step beside the waterfall. */
const WIDE = "(min-width: 1280px)";

interface Props {
  state: State;
  run: number;
  newest: number;
  tree: readonly Node[];
  search: ExecutionSearch;
  go: Go;
}

/** The steps of a run on its time axis, and beside them the step that is open: of a failed run, the one that failed. */
export function StepsTab({ state, run, newest, tree, search, go }: Props) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [closed, setClosed] = useState(false);
  const wide = useMediaQuery(WIDE);
  const area = useRef<HTMLDivElement>(null);
  const room = useRoom(area);
  const filter = search.filter ?? "all";
  const text = search.q ?? "";
  const rows = useMemo(() => rowsOf(tree, { filter, text, folded }), [tree, filter, text, folded]);
  const wrong = useMemo(() => failures(tree), [tree]);

  const over = isTerminal(state.head.status) || run < newest;
  const first = over && !closed ? (wrong[0]?.key ?? null) : null;
  const open = find(tree, search.step ?? first);
  const selected = open?.kind === "step" ? open : null;

  function select(step: string | null): void {
    setClosed(step === null);
    if (step !== null) unfold(ancestors(tree, step));
    go({ step: step ?? undefined });
  }

  function unfold(keys: readonly string[]): void {
    if (keys.some((key) => folded.has(key))) setFolded(new Set([...folded].filter((key) => !keys.includes(key))));
  }

  function fold(key: string, shut: boolean): void {
    setFolded(new Set(shut ? [...folded, key] : [...folded].filter((one) => one !== key)));
  }

  function toFailure(direction: 1 | -1): void {
    const found = nextFailure(tree, selected?.key ?? null, direction);
    if (found !== null) select(found);
  }

  useShortcut("n", "Next failure", () => toFailure(1));
  useShortcut("f", "Next failure", () => toFailure(1));
  useShortcut("p", "Failure before", () => toFailure(-1));
  useShortcut("Escape", "Close the step", () => selected && select(null));

  return (
    <>
      <Toolbar filter={filter} text={text} failures={wrong.length} go={go} onFailure={() => toFailure(1)} />
      <div ref={area} className={selected ? "grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_minmax(26rem,36rem)]" : ""}>
        <Grid
          rows={rows}
          tree={tree}
          startedAt={run === state.head.run ? (state.head.started_at ?? null) : null}
          underWay={!over && state.head.status === "running"}
          selected={selected?.key ?? null}
          follows={wide && selected !== null}
          room={room}
          short={!wide && selected !== null}
          onSelect={select}
          onFold={fold}
        />
        {selected && (
          <StepPanel
            key={`${run}/${selected.key}`}
            node={selected}
            state={state}
            run={run}
            tab={search.panel}
            go={go}
            room={wide ? room : undefined}
            onClose={() => select(null)}
          />
        )}
      </div>
    </>
  );
}
