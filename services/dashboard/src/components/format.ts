const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// Made once: making one takes longer than all else in a row of a table.
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** Say a duration in as much detail as its length deserves: `12 ms`, `1.9 s`, `2 m 05 s`, `1 h 04 m`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1) return "<1 ms";
  if (milliseconds < SECOND) return `${Math.floor(milliseconds)} ms`;
  if (milliseconds < 10 * SECOND) return `${(Math.floor(milliseconds / 100) / 10).toFixed(1)} s`;
  if (milliseconds < MINUTE) return `${Math.floor(milliseconds / SECOND)} s`;
  if (milliseconds < HOUR) {
    return `${Math.floor(milliseconds / MINUTE)} m ${padded((milliseconds % MINUTE) / SECOND)} s`;
  }
  return `${Math.floor(milliseconds / HOUR)} h ${padded((milliseconds % HOUR) / MINUTE)} m`;
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

function padded(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}
