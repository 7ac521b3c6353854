import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import type { FlowSummary } from "./types";

const PAGE = 200;
const MOST_PAGES = 10;

/** All flows of the project by name, to 2,000. */
export const flowsQuery = queryOptions({
  queryKey: ["flows"],
  queryFn: async ({ signal }) => {
    const found: FlowSummary[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const query: { limit: number; cursor?: string } = cursor === null ? { limit: PAGE } : { limit: PAGE, cursor };
      // oxlint-disable-next-line no-await-in-loop -- each page names the next
      const { data } = await api.GET("/api/v1/flows", { params: { query }, signal });
      found.push(...(data?.items ?? []));
      cursor = data?.next_cursor ?? null;
      if (cursor === null) break;
    }
    return found.toSorted((one, other) => one.name.localeCompare(other.name));
  },
});

/** The environments of the project, to 200. */
export const environmentsQuery = queryOptions({
  queryKey: ["environments"],
  queryFn: async ({ signal }) => {
    const { data } = await api.GET("/api/v1/environments", { params: { query: { limit: PAGE } }, signal });
    return data?.items ?? [];
  },
});
