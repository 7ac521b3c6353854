/** The engine's lines of a difference, taken apart: the place, what is there, what was expected. */

export interface Change {
  readonly place: string;
  /** What was found; null where it is missing. */
  readonly is: string | null;
  /** What was expected; null where nothing was. */
  readonly expected: string | null;
  /** What else the line says. */
  readonly note: string;
}

const LINE = /^(?:(?<place>.*?): )??(?:(?<where>differs from character .*?): )?is (?<is>.*?)(?:, expected (?<expected>.*?)|, (?<surplus>not expected))(?:: (?<note>the types differ))?$/s;

/** Return a line's parts; null where it is a remark. */
export function changeOf(line: string): Change | null {
  const found = LINE.exec(line)?.groups;
  if (found === undefined || found.is === undefined) return null;
  const note = [found.where, found.note].filter(Boolean).join("; ");
  return {
    place: found.place ?? "",
    is: found.is === "missing" && found.surplus === undefined ? null : found.is,
    expected: found.expected ?? null,
    note,
  };
}
