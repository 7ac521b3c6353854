/** The rows that are shown: the tree flattened, folded and filtered, with what a treegrid must say of each. */
import type { Node, RowStatus } from "./tree";

export type Filter = "all" | "failed" | "slow";

export interface Shown {
  readonly filter: Filter;
  readonly text: string;
  readonly folded: ReadonlySet<string>;
}

export interface Row {
  readonly node: Node;
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  readonly parent: string | null;
  readonly expanded: boolean | null;
}

const WRONG: ReadonlySet<RowStatus> = new Set(["failed", "error"]);
const SLOWEST_PART = 0.1;

export function isWrong(status: RowStatus): boolean {
  return WRONG.has(status);
}

/** Return the rows in order. A run with one phase alone has no row for it. */
export function rowsOf(tree: readonly Node[], shown: Shown): Row[] {
  const matches = matcher(tree, shown);
  const kept = matches === null ? null : keptKeys(tree, matches);
  const rows: Row[] = [];
  const only = tree.length === 1 ? tree[0] : undefined;
  const roots = only === undefined || only.phase !== "steps" ? tree : only.children;
  add(rows, roots, 1, null, kept, kept === null ? shown.folded : new Set());
  return rows;
}

function add(
  rows: Row[],
  nodes: readonly Node[],
  level: number,
  parent: string | null,
  kept: ReadonlySet<string> | null,
  folded: ReadonlySet<string>,
): void {
  const visible = kept === null ? nodes : nodes.filter((node) => kept.has(node.key));
  visible.forEach((node, index) => {
    const expanded = node.children.length === 0 ? null : !folded.has(node.key);
    rows.push({ node, level, position: index + 1, siblings: visible.length, parent, expanded });
    if (expanded) {
      add(rows, node.children, level + 1, node.key, kept, folded);
    }
  });
}

function matcher(tree: readonly Node[], shown: Shown): ((node: Node) => boolean) | null {
  const words = shown.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (shown.filter === "all" && words.length === 0) {
    return null;
  }
  const least = shown.filter === "slow" ? slowest(tree) : 0;
  return (node) =>
    node.kind === "step" &&
    (shown.filter !== "failed" || isWrong(node.status)) &&
    (shown.filter !== "slow" || (node.step?.duration_ms ?? -1) >= least) &&
    words.every((word) => textOf(node).includes(word));
}

function textOf(node: Node): string {
  return [node.key, node.name, node.action, node.status, node.step?.error_message ?? ""].join("\n").toLowerCase();
}

/** Return the duration from which on a step is among the slowest tenth. */
function slowest(tree: readonly Node[]): number {
  const durations = steps(tree)
    .map((node) => node.step?.duration_ms)
    .filter((duration) => duration !== null && duration !== undefined)
    .toSorted((one, other) => other - one);
  return durations[Math.ceil(durations.length * SLOWEST_PART) - 1] ?? Infinity;
}

/** What matches is kept, and what it lies in. */
function keptKeys(tree: readonly Node[], matches: (node: Node) => boolean): Set<string> {
  const kept = new Set<string>();
  const visit = (node: Node): boolean => {
    const inside = node.children.map(visit).some(Boolean);
    const found = inside || matches(node);
    if (found) {
      kept.add(node.key);
    }
    return found;
  };
  tree.forEach(visit);
  return kept;
}

/** All steps of a tree in the order shown. */
export function steps(tree: readonly Node[]): Node[] {
  return tree.flatMap((node) => (node.kind === "step" ? [node, ...steps(node.children)] : steps(node.children)));
}

/**
 * The steps that went wrong themselves, not by a step inside them.
 * What went wrong in an attempt after which another one passed is no failure of the run.
 */
export function failures(tree: readonly Node[]): Node[] {
  return tree.flatMap((node) => {
    const inside = failures(node.children.filter((child) => node.status !== "passed" || !child.superseded));
    return isWrong(node.status) && node.kind === "step" && !node.children.some((child) => isWrong(child.status)) ? [node, ...inside] : inside;
  });
}

/** The next failure after a step (the first where there is none after it), forwards or backwards. */
export function nextFailure(tree: readonly Node[], from: string | null, direction: 1 | -1 = 1): string | null {
  const order = steps(tree).map((node) => node.key);
  const wrong = failures(tree).map((node) => order.indexOf(node.key));
  const here = from === null ? -1 : order.indexOf(from);
  const ahead = direction === 1 ? wrong.find((at) => at > here) : wrong.findLast((at) => at < here);
  const found = ahead ?? (direction === 1 ? wrong[0] : wrong.at(-1));
  return found === undefined ? null : (order[found] ?? null);
}

/** The keys of what a step lies in, so that they can be unfolded. */
export function ancestors(tree: readonly Node[], key: string, above: readonly string[] = []): string[] {
  for (const node of tree) {
    if (node.key === key) {
      return [...above];
    }
    const found = ancestors(node.children, key, [...above, node.key]);
    if (found.length > 0) {
      return found;
    }
  }
  return [];
}

export function find(tree: readonly Node[], key: string | null): Node | null {
  if (key === null) {
    return null;
  }
  for (const node of tree) {
    const found = node.key === key ? node : find(node.children, key);
    if (found !== null) {
      return found;
    }
  }
  return null;
}
