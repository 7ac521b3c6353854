import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { axisOf } from "../model/axis";
import type { Row } from "../model/rows";
import type { Node } from "../model/tree";
import { useTicker } from "../useTicker";
import { targetOf } from "./keys";
import { StepRow } from "./StepRow";
import { TimeAxis } from "./TimeAxis";
import { useWidth } from "./useWidth";

/** The head of the grid, which stays in view above the rows. */
const HEAD = 29;
const HEIGHT = 34;
const HEIGHT_NARROW = 50;
const NARROW = 620;
/** Rows of a grid that leaves room below it; the half one tells that there are more. */
const MOST_SHORT = 6.5;

interface Props {
  rows: readonly Row[];
  tree: readonly Node[];
  startedAt: string | null;
  underWay: boolean;
  selected: string | null;
  /** The open step is beside the grid, and goes with the cursor. */
  follows: boolean;
  /** The open step is below the grid, which leaves it room. */
  short: boolean;
  room: string;
  onSelect: (key: string) => void;
  onFold: (key: string, shut: boolean) => void;
}

/** The waterfall: a tree of steps, each with its bar on the time axis that all share. Only what is seen is drawn. */
export function Grid({ rows, tree, startedAt, underWay, selected, follows, short, room, onSelect, onFold }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const narrow = width > 0 && width < NARROW;
  const id = useId();
  const [cursor, setCursor] = useState<string | null>(selected);
  const now = useTicker(underWay, 100);
  const axis = useMemo(() => axisOf(tree, startedAt, now, underWay), [tree, startedAt, now, underWay]);
  const active = Math.max(0, rows.findIndex((row) => row.node.key === cursor));

  const rangeExtractor = useCallback(
    (range: Range) => [...new Set([...defaultRangeExtractor(range), active])].filter((at) => at < range.count).toSorted((a, b) => a - b),
    [active],
  );
  const height = narrow ? HEIGHT_NARROW : HEIGHT;
  // oxlint-disable-next-line react/incompatible-library -- the compiler that it is about is not used here
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (at) => rows[at]?.node.key ?? at,
    overscan: 12,
    scrollMargin: HEAD,
    scrollPaddingStart: HEAD,
    rangeExtractor,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  useSelectionInView(selected, rows, height, virtual, setCursor);

  function move(to: number): void {
    const row = rows[to];
    if (row === undefined) return;
    setCursor(row.node.key);
    virtual.scrollToIndex(to, { align: "auto" });
    if (follows && row.node.kind === "step") onSelect(row.node.key);
  }

  function hear(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = targetOf(event.key, rows, active);
    if (target === null) return;
    event.preventDefault();
    if (target.kind === "move") move(target.to);
    else if (target.kind === "fold") onFold(target.key, target.shut);
    else open(rows[active]);
  }

  function open(row: Row | undefined): void {
    if (row === undefined) return;
    setCursor(row.node.key);
    if (row.node.kind === "step") onSelect(row.node.key);
    else onFold(row.node.key, row.expanded === true);
  }

  return (
    <div
      ref={scroller}
      className="relative overflow-x-hidden overflow-y-auto rounded-lg border bg-raised transition-none"
      style={{ maxHeight: short ? HEAD + height * MOST_SHORT : room }}
    >
      <div
        role="treegrid"
        aria-label="Steps"
        aria-rowcount={rows.length + 1}
        aria-activedescendant={rows.length > 0 ? `${id}-${active}` : undefined}
        tabIndex={0}
        onKeyDown={hear}
        className="group/grid focus-visible:outline-none"
      >
        <TimeAxis axis={axis} narrow={narrow} height={HEAD} />
        {rows.length === 0 && <Nothing empty={tree.length === 0} />}
        <div role="rowgroup" className="relative transition-none" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return (
              row && (
                <StepRow
                  key={row.node.key}
                  id={`${id}-${item.index}`}
                  row={row}
                  index={item.index}
                  top={item.start - HEAD}
                  height={height}
                  axis={axis}
                  now={now}
                  narrow={narrow}
                  selected={row.node.key === selected}
                  active={item.index === active}
                  onOpen={open}
                  onFold={onFold}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Nothing({ empty }: { empty: boolean }) {
  return (
    <div role="row">
      <div role="gridcell" className="px-4 py-10 text-center text-[13px] text-ink-muted">
        {empty ? "No step is known yet: the plan comes with the runner." : "No step matches the filter."}
      </div>
    </div>
  );
}

/** What is opened from elsewhere (the address, the next failure) is brought into view, and takes the cursor. */
function useSelectionInView(
  selected: string | null,
  rows: readonly Row[],
  height: number,
  virtual: { scrollToIndex: (index: number, options: { align: "auto" }) => void },
  setCursor: (key: string) => void,
): void {
  const shown = useRef<string | null>(null);
  useEffect(() => {
    const wanted = selected === null ? null : `${selected}/${height}`;
    if (wanted === shown.current) return;
    const at = rows.findIndex((row) => row.node.key === selected);
    if (selected !== null && at < 0) return;
    shown.current = wanted;
    if (selected === null) return;
    setCursor(selected);
    virtual.scrollToIndex(at, { align: "auto" });
  }, [selected, rows, height, virtual, setCursor]);
}
