import type { SearchSchemaInput } from "@tanstack/react-router";
import type { ExecutionStatus } from "../api/types";

export const PAGE_SIZES = [25, 50, 100, 200] as const;
export const STATUSES = ["running", "pending", "passed", "failed", "error", "cancelled"] as const;

/** What the address says of the list: the filters, the page, its size. */
export interface ListSearch {
  status?: ExecutionStatus;
  flow?: string;
  cursor?: string;
  limit: number;
}

export const LIST_DEFAULTS = { limit: 50 } satisfies Partial<ListSearch>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Read an address: what makes no sense in it is left out, so that an old link still opens. It is left out by name,
 * because the router keeps whatever its reader does not speak of.
 */
export function readListSearch(raw: Partial<Record<keyof ListSearch, unknown>> & SearchSchemaInput): ListSearch {
  const status = STATUSES.find((known) => known === raw.status);
  const limit = PAGE_SIZES.find((size) => size === Number(raw.limit)) ?? LIST_DEFAULTS.limit;
  return {
    status,
    flow: typeof raw.flow === "string" && UUID.test(raw.flow) ? raw.flow : undefined,
    cursor: typeof raw.cursor === "string" && raw.cursor !== "" ? raw.cursor : undefined,
    limit,
  };
}
