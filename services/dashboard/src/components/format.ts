const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// Made once: making one takes longer than all else in a row of a table.
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** Say a duration rounded, as the command does: `12 ms`, `16.8 s`, `2 min 5 s`; and `1 h 4 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1) return "<1 ms";
  const whole = Math.round(milliseconds);
  if (whole < SECOND) return `${whole} ms`;
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / SECOND);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(milliseconds / MINUTE);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Say how long ago a time was: `now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`. */
export function formatAgo(then: Date, now: Date): string {
  const passed = now.getTime() - then.getTime();
  if (passed < 5 * SECOND) return "now";
  if (passed < MINUTE) return `${Math.floor(passed / SECOND)} s ago`;
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)} h ago`;
  if (passed < 30 * DAY) return `${Math.floor(passed / DAY)} d ago`;
  return DATE.format(then);
}

/** Say a time in full, in the browser's zone and in UTC. */
export function formatMoment(time: Date): string {
  return `${MOMENT.format(time)} (${time.toISOString().replace("T", " ").replace("Z", " UTC")})`;
}

/** Say a size: `412 B`, `3.2 KiB`, `1.0 GiB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB"];
  const power = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** Say a count that is an estimate, with its thousands apart. */
export function formatCount(count: number): string {
  return count.toLocaleString("en").replaceAll(",", "\u202f");
}

/** Return the first line of a text, without what frames it. */
export function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}

/** Return the part of a UUIDv7 that tells executions of one day apart: its end. */
export function shortId(id: string): string {
  return id.slice(-8);
}
