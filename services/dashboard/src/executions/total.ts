import { formatCount } from "../components/format";
import type { ExecutionsPageData } from "./listQuery";
import type { ListSearch } from "./search";

/** Say how many there are in all: exactly where all are on the page, else the server's estimate; empty if unknown. */
export function totalOf({ cursor }: ListSearch, page: ExecutionsPageData): string {
  if (cursor === undefined && page.next_cursor == null) return formatCount(page.items.length);
  return page.total_estimate == null ? "" : `~${formatCount(page.total_estimate)}`;
}
