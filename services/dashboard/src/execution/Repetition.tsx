import type { Node } from "./model/tree";

/** What tells rows of data, passes of a loop and attempts apart: all of them have the same name. */
export function Repetition({ node: { iteration, attempt } }: { node: Node }) {
  return (
    <>
      {iteration !== null && <span className="tabular shrink-0 font-mono text-xs font-normal text-ink-soft">[{iteration}]</span>}
      {attempt !== null && <span className="tabular shrink-0 text-xs font-normal text-ink-soft">attempt {attempt}</span>}
    </>
  );
}
