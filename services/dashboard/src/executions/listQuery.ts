import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { ExecutionSummary } from "../api/types";
import type { ListSearch } from "./search";

export interface ExecutionsPageData {
  items: ExecutionSummary[];
  next_cursor?: string | null;
  total_estimate?: number | null;
  /** The place in the live feed that this page has in it. */
  event_cursor?: string | null;
  /** When it came; patches leave it as it is, so that it tells one snapshot from another. */
  fetchedAt: number;
}

/** One page of the list, as the address asks for it. */
export function listQuery({ status, flow, cursor, limit }: ListSearch) {
  return queryOptions({
    queryKey: ["executions", { status, flow, cursor, limit }] as const,
    queryFn: async ({ signal }): Promise<ExecutionsPageData> => {
      const query = { limit, ...(status && { status }), ...(flow && { flow_id: flow }), ...(cursor && { cursor }) };
      const { data } = await api.GET("/api/v1/executions", { params: { query }, signal });
      return { ...(data ?? { items: [] }), fetchedAt: performance.now() };
    },
    staleTime: 0,
  });
}

type Filter = Pick<ListSearch, "status" | "flow">;

/** Whether two pages are of one list, so that one may stand for the other: rows of another filter never stand below this one's. */
export function isSameList(asked: Filter | undefined, wanted: Filter): boolean {
  return asked !== undefined && asked.status === wanted.status && asked.flow === wanted.flow;
}
