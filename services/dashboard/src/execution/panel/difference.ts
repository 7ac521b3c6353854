/** The engine's lines of a difference, taken apart: the place, what is there, what was expected, where they part. */

export interface Change {
  readonly place: string;
  /** What was found; null where it is missing. */
  readonly is: string | null;
  /** What was expected; null where nothing was. */
  readonly expected: string | null;
  /** What else the line says. */
  readonly note: string;
  /** Which unit of `is` and of `expected` begins what differs, counted from 0; null where no carets tell. */
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
    parts: carets === undefined ? null : pointedAt(carets, line, found),
  };
}

function pointedAt(carets: string, line: string, { indices }: RegExpExecArray): [number, number] | null {
  const { is, expected } = indices?.groups ?? {};
  if (is === undefined || expected === undefined) return null;
  const [found, wanted] = [unitAbove(carets.indexOf("^"), line, is), unitAbove(carets.lastIndexOf("^"), line, expected)];
  return found === null || wanted === null ? null : [found, wanted];
}

/** Return which unit of a value stands above a caret; null where none does. Carets count code points, as the engine does. */
function unitAbove(caret: number, line: string, [begin, end]: [number, number]): number | null {
  const [before, value] = [line.slice(0, begin), line.slice(begin, end)];
  const [letters, at] = [[...value], caret - [...before].length];
  return at < 0 || at >= letters.length ? null : letters.slice(0, at).join("").length;
}
