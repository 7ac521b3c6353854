/** What a step's path, `PARENT/ID[ITERATION]@ATTEMPT`, says: which planned step it is, and which repetition of it. */

const REPETITION = /\[\d+\]|@\d+/g;
const LAST = /(?:\[(\d+)\])?(?:@(\d+))?$/;

export interface Repetition {
  /** The row of data or the pass of a loop; null where there are none. */
  readonly iteration: number | null;
  /** The attempt of the step that this one is in; the first one is not written. */
  readonly attempt: number;
}

/** The path as the plan has it, where what is repeated is there once. */
export function plannedPath(path: string): string {
  return path.replace(REPETITION, "");
}

/** The path of what a step lies in; null at the top. */
export function parentPath(path: string): string | null {
  const end = path.lastIndexOf("/");
  return end < 0 ? null : path.slice(0, end);
}

/** Which repetition a step is; those of what it lies in are said there. */
export function repetitionOf(path: string): Repetition {
  const [, iteration, attempt] = LAST.exec(path) ?? [];
  return { iteration: iteration === undefined ? null : Number(iteration), attempt: Number(attempt ?? 1) };
}
