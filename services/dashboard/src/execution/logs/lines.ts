/** Log lines in order of run and number, each once, however pages and the live topic overlap. */
import type { LogLevel, LogView } from "../contract";

export const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error"];

export interface LogFilter {
  /** The least level that is shown. */
  readonly level: LogLevel;
  /** A step's path, which stands for its passes `[3]` and attempts `@2` and for the steps inside it too. */
  readonly step: string | null;
  readonly text: string;
}

export const EVERY_LINE: LogFilter = { level: "debug", step: null, text: "" };

/** Say of a live line what the server says of those in its pages. */
export function shows(filter: LogFilter, line: LogView): boolean {
  return (
    LEVELS.indexOf(line.level) >= LEVELS.indexOf(filter.level) &&
    (filter.step === null || isInside(line.path ?? null, filter.step)) &&
    line.message.toLowerCase().includes(filter.text.toLowerCase())
  );
}

function isInside(path: string | null, step: string): boolean {
  if (path === null || !path.startsWith(step)) {
    return false;
  }
  return path.length === step.length || "/[@".includes(path[step.length] as string);
}

export function isAfter(line: LogView, other: LogView): boolean {
  return line.run > other.run || (line.run === other.run && line.seq > other.seq);
}

/** Return lines with more of them after: those that are there already, or that come late, find their place. */
export function withMore(lines: readonly LogView[], more: readonly LogView[]): readonly LogView[] {
  const last = lines.at(-1);
  const fresh = more.filter((line, index) => index === 0 || isAfter(line, more[index - 1] as LogView));
  if (fresh.length === more.length && (last === undefined || more.every((line) => isAfter(line, last)))) {
    return more.length === 0 ? lines : [...lines, ...more];
  }
  return merged(lines, more);
}

function merged(lines: readonly LogView[], more: readonly LogView[]): readonly LogView[] {
  const known = new Map<string, LogView>();
  for (const line of [...lines, ...more]) {
    known.set(`${line.run}/${line.seq}`, line);
  }
  return known.size === lines.length ? lines : [...known.values()].toSorted((one, other) => (isAfter(one, other) ? 1 : -1));
}

/** A live message as a line; null where it is none. */
export function lineOf(message: { type: string; data?: unknown }): LogView | null {
  if (message.type !== "log.line" || typeof message.data !== "object" || message.data === null) {
    return null;
  }
  const { run, seq, at, level, path, message: text } = message.data as LogView;
  return { run, seq, at, level, path: path ?? null, message: text };
}

/** What a list of lines shows: the lines, and where there are several runs, each run's number before its first line. */
export type Entry = LogView | { readonly run: number; readonly begins: true };

/** Return lines with the runs told apart; of one run alone there is nothing to tell. */
export function entriesOf(lines: readonly LogView[]): readonly Entry[] {
  if (lines[0]?.run === lines.at(-1)?.run) return lines;
  return lines.flatMap((line, index) => (line.run === lines[index - 1]?.run ? [line] : [{ run: line.run, begins: true as const }, line]));
}

/** The lines as text, as one copies them. */
export function textOf(lines: readonly LogView[]): string {
  return entriesOf(lines).map(written).join("\n");
}

function written(entry: Entry): string {
  if ("begins" in entry) return `--- run ${entry.run} ---`;
  return `${entry.at} ${entry.level.toUpperCase().padEnd(7)} ${entry.path ?? "-"} ${entry.message}`;
}
