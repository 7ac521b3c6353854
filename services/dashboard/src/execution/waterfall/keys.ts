/** What a key does in the treegrid, as the ARIA pattern has it. */
import type { Row } from "../model/rows";

export type Target =
  | { kind: "move"; to: number }
  | { kind: "fold"; key: string; shut: boolean }
  | { kind: "open" };

const PAGE = 10;

/** Return what a key asks for where the cursor is; null where it asks for nothing. */
export function targetOf(key: string, rows: readonly Row[], at: number): Target | null {
  const row = rows[at];
  if (row === undefined) return null;
  switch (key) {
    case "ArrowDown":
      return moved(at + 1, rows);
    case "ArrowUp":
      return moved(at - 1, rows);
    case "PageDown":
      return moved(at + PAGE, rows);
    case "PageUp":
      return moved(at - PAGE, rows);
    case "Home":
      return moved(0, rows);
    case "End":
      return moved(rows.length - 1, rows);
    case "ArrowRight":
      if (row.expanded === false) return { kind: "fold", key: row.node.key, shut: false };
      return row.expanded ? moved(at + 1, rows) : null;
    case "ArrowLeft":
      if (row.expanded) return { kind: "fold", key: row.node.key, shut: true };
      return row.parent === null ? null : moved(rows.findIndex(({ node }) => node.key === row.parent), rows);
    case "Enter":
    case " ":
      return { kind: "open" };
    default:
      return null;
  }
}

function moved(to: number, rows: readonly Row[]): Target {
  return { kind: "move", to: Math.min(rows.length - 1, Math.max(0, to)) };
}
