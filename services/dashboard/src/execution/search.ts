import type { LogLevel } from "./contract";
import type { Filter } from "./model/rows";

export const PAGE_TABS = ["steps", "logs", "details"] as const;
export const PANEL_TABS = ["summary", "input", "output", "assertions", "attempts", "logs", "artifacts"] as const;
const FILTERS = ["failed", "slow"] as const;
const LEVELS = ["info", "warning", "error"] as const;

export type PageTab = (typeof PAGE_TABS)[number];
export type PanelTab = (typeof PANEL_TABS)[number];

/** What the address says of one execution's page; what is absent has its default. */
export interface ExecutionSearch {
  tab?: PageTab;
  /** An earlier run than the newest. */
  run?: number;
  /** Path of the step that is open. */
  step?: string;
  panel?: PanelTab;
  filter?: Exclude<Filter, "all">;
  /** What the steps are searched for. */
  q?: string;
  level?: Exclude<LogLevel, "debug">;
  /** Path of the step whose log lines are shown. */
  of?: string;
  /** What the log lines are searched for. */
  find?: string;
}

/** Read an address, whatever somebody has written there. */
export function readExecutionSearch(raw: Record<string, unknown>): ExecutionSearch {
  // Each by its name: the router keeps whatever its reader does not speak of.
  return {
    tab: oneOf(PAGE_TABS, raw.tab),
    run: Number.isInteger(raw.run) && Number(raw.run) > 0 ? Number(raw.run) : undefined,
    step: text(raw.step),
    panel: oneOf(PANEL_TABS, raw.panel),
    filter: oneOf(FILTERS, raw.filter),
    q: text(raw.q),
    level: oneOf(LEVELS, raw.level),
    of: text(raw.of),
    find: text(raw.find),
  };
}

function oneOf<T extends string>(known: readonly T[], value: unknown): T | undefined {
  return known.find((one) => one === value);
}

function text(value: unknown): string | undefined {
  const found = typeof value === "number" ? String(value) : value;
  return typeof found === "string" && found !== "" ? found : undefined;
}
