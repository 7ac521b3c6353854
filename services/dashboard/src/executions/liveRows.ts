import type { ExecutionSummary } from "../api/types";
import type { LiveMessage } from "../live/messages";
import type { ExecutionsPageData } from "./listQuery";
import { mayEnter, patched } from "./rows";
import type { ListSearch } from "./search";

const MOST_NEW = 1_000;

/** What came since the last look: the page's rows that changed, and who else belongs in the list. */
export interface Harvest {
  rows: ReadonlyMap<string, ExecutionSummary>;
  /** Whether the list holds others now than those that are shown. */
  isOutdated: boolean;
}

/**
 * Folds events into the rows of one page, as fast as they come: whatever their number, it holds no more than
 * the page's rows and the ids of those that are new.
 */
export class LiveRows {
  private readonly rows: Map<string, ExecutionSummary>;
  private changed = new Map<string, ExecutionSummary>();
  private outdated = false;
  readonly newIds = new Set<string>();

  /** Ids are in order of time: whoever is older than the last of a page that has a next one is not on this page. */
  private readonly oldest: string;

  constructor(
    page: Pick<ExecutionsPageData, "items" | "next_cursor">,
    private readonly search: ListSearch,
  ) {
    this.rows = new Map(page.items.map((item) => [item.id, item]));
    this.oldest = page.next_cursor == null ? "" : (page.items.at(-1)?.id ?? "");
  }

  take(message: LiveMessage): void {
    const id = message.data.execution_id;
    const row = this.rows.get(id);
    if (row === undefined) {
      this.note(id, message);
      return;
    }
    const after = patched(row, message);
    if (after === row) return;
    this.rows.set(id, after);
    this.changed.set(id, after);
    if (this.search.status !== undefined && after.status !== this.search.status) this.outdated = true;
  }

  harvest(): Harvest {
    const found = { rows: this.changed, isOutdated: this.outdated };
    this.changed = new Map();
    this.outdated = false;
    return found;
  }

  private note(id: string, message: LiveMessage): void {
    if (id < this.oldest || !mayEnter(message, this.search)) return;
    this.outdated = true;
    if (this.newIds.size < MOST_NEW && isNew(message, this.search)) this.newIds.add(id);
  }
}

/** Who is not on a further page may be on the first one already, and only start or end now: that is nobody new. */
function isNew(message: LiveMessage, { status, flow, cursor }: ListSearch): boolean {
  if (cursor === undefined || status !== undefined) return true;
  return message.type === (flow === undefined ? "execution.requested" : "execution.started");
}
