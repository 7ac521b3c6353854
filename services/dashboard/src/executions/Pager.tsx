import { useLocation, useNavigate } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, ChevronsLeft } from "lucide-react";
import { Button } from "../components/Button";
import { formatCount } from "../components/format";
import type { ExecutionsPageData } from "./listQuery";
import { type ListSearch, PAGE_SIZES } from "./search";
import { totalOf } from "./total";

declare module "@tanstack/history" {
  interface HistoryState {
    /** Cursors of the pages before this one, first page first (null), as far as they were walked through. */
    trail?: (string | null)[];
  }
}

/** The way through the pages of the list. */
export function Pager({ search, page }: { search: ListSearch; page: ExecutionsPageData }) {
  const trail = useLocation({ select: (location) => location.state.trail ?? [] });
  const navigate = useNavigate({ from: "/executions" });
  const before = trail.at(-1);
  const { cursor, ...rest } = search;

  function turnTo(next: string | null | undefined, way: (string | null)[]) {
    void navigate({
      search: { ...rest, ...(next != null && { cursor: next }) },
      state: (state) => ({ ...state, trail: way }),
    });
  }

  return (
    <nav
      aria-label="Pages of the list"
      className="flex flex-wrap items-center justify-between gap-3 px-4 py-3 text-xs text-ink-muted md:px-5"
    >
      <p className="tabular">{extent(search, page, trail.length)}</p>
      <div className="flex items-center gap-2">
        <label className="flex items-center gap-1.5">
          Rows
          <select
            value={search.limit}
            onChange={(event) => void navigate({ search: { ...rest, limit: Number(event.target.value) } })}
            className="h-7 rounded-md border bg-raised px-1 text-ink"
          >
            {PAGE_SIZES.map((size) => (
              <option key={size}>{size}</option>
            ))}
          </select>
        </label>
        {cursor !== undefined && (
          <Button size="small" onClick={() => turnTo(null, [])}>
            <ChevronsLeft aria-hidden className="size-3.5" /> First
          </Button>
        )}
        <Button size="small" disabled={before === undefined} onClick={() => turnTo(before, trail.slice(0, -1))}>
          <ChevronLeft aria-hidden className="size-3.5" /> Previous
        </Button>
        <Button
          size="small"
          disabled={page.next_cursor == null}
          onClick={() => turnTo(page.next_cursor, [...trail, cursor ?? null])}
        >
          Next <ChevronRight aria-hidden className="size-3.5" />
        </Button>
      </div>
    </nav>
  );
}

function extent(search: ListSearch, page: ExecutionsPageData, pagesBefore: number): string {
  const known = totalOf(search, page);
  const total = known === "" ? "" : ` of ${known}`;
  const isPlaceKnown = search.cursor === undefined || pagesBefore > 0;
  if (!isPlaceKnown) return `${page.items.length}${total}`;
  const first = pagesBefore * search.limit;
  return `${formatCount(first + 1)}–${formatCount(first + page.items.length)}${total}`;
}
