/** The engine's lines of a difference, taken apart: the place, what is there, what was expected, where they part. */

export interface Change {
  readonly place: string;
  /** What was found; null where it is missing. */
  readonly is: string | null;
  /** What was expected; null where nothing was. */
  readonly expected: string | null;
  /** What else the line says. */
  readonly note: string;
  /** Which character of `is` and of `expected` is the first that differs, counted from 0; null where no carets tell. */
  readonly parts: readonly [number, number] | null;
}

/** A line that says something else. */
export type Remark = string;

const LINE = /^(?:(?<place>.*?): )??(?:(?<where>differs from character .*?): )?is (?<is>.*?)(?:, expected (?<expected>.*?)|, (?<surplus>not expected))(?:: (?<note>the types differ))?$/ds;

/** The line below a change that stands for a terminal's readers: a caret under each value. */
const CARETS = /^ *\^ +\^$/;

/** Return the changes and remarks that the lines tell. */
export function changesOf(lines: readonly string[]): readonly (Change | Remark)[] {
  return lines.flatMap((line, at) => {
    const below = lines[at + 1];
    if (CARETS.test(line) && at > 0 && changeOf(lines[at - 1] ?? "") !== null) return [];
    return [changeOf(line, below !== undefined && CARETS.test(below) ? below : undefined) ?? line];
  });
}

function changeOf(line: string, carets?: string): Change | null {
  const found = LINE.exec(line);
  const parts = found?.groups;
  if (found === null || parts?.is === undefined) return null;
  return {
    place: parts.place ?? "",
    is: parts.is === "missing" && parts.surplus === undefined ? null : parts.is,
    expected: parts.expected ?? null,
    note: [parts.where, parts.note].filter(Boolean).join("; "),
    parts: carets === undefined ? null : pointedAt(carets, found.indices?.groups),
  };
}

function pointedAt(carets: string, groups: Record<string, [number, number]> | undefined): [number, number] | null {
  const [is, expected] = [groups?.is?.[0], groups?.expected?.[0]];
  return is === undefined || expected === undefined ? null : [carets.indexOf("^") - is, carets.lastIndexOf("^") - expected];
}
