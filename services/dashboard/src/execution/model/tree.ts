/** The steps of a run as a tree: phases, their steps, the steps inside those; what is planned and not begun too. */
import type { Phase, PlannedStep } from "../contract";
import { parentPath, plannedPath, repetitionOf } from "./paths";
import { isTerminal, stepsOf, type State, type Step } from "./state";

/** `planned`: it will come; `not_run`: the run ended before it. */
export type RowStatus = Step["status"] | "planned" | "not_run";

export interface Node {
  /** The step's path, or `phase:NAME`. */
  readonly key: string;
  readonly kind: "phase" | "step";
  readonly phase: Phase;
  readonly name: string;
  readonly action: string;
  readonly status: RowStatus;
  readonly step: Step | null;
  /** The row of data or the pass of a loop that it belongs to. */
  readonly iteration: number | null;
  /** The attempt of its parent that it belongs to; null where the parent was not tried again. */
  readonly attempt: number | null;
  /** Its parent was tried again after this attempt. */
  readonly superseded: boolean;
  readonly children: readonly Node[];
}

/** What lies in each step, by its path; `null`: what lies in none. */
interface Inside {
  readonly recorded: ReadonlyMap<string | null, readonly Step[]>;
  readonly absent: ReadonlyMap<string | null, readonly PlannedStep[]>;
  /** The place that the plan has for each of its paths. */
  readonly order: ReadonlyMap<string, number>;
  readonly missing: RowStatus;
}

export const PHASES: readonly Phase[] = ["setup", "steps", "teardown"];

/** Return the phases of a run in which there is a step, each with its steps in the flow's order. */
export function treeOf(state: State, run: number): Node[] {
  const steps = stepsOf(state, run);
  const { planned } = state.head;
  const nodes = nodesIn(null, {
    recorded: byParent(steps),
    absent: absentByParent(planned, steps),
    order: new Map(planned.map(({ path }, index) => [path, index])),
    missing: isOver(state, run) ? "not_run" : "planned",
  });
  return PHASES.map((phase) => phaseNode(phase, nodes.filter((node) => node.phase === phase))).filter(
    (node) => node.children.length > 0,
  );
}

function isOver(state: State, run: number): boolean {
  return run < state.head.run || isTerminal(state.head.status);
}

function byParent(steps: ReadonlyMap<string, Step>): Map<string | null, Step[]> {
  return grouped(inOrder(steps), ({ parent_path: parent }) => (parent && steps.has(parent) ? parent : null));
}

/** What of the plan has no record, by what it lies in: of what is repeated, the latest repetition. */
function absentByParent(planned: readonly PlannedStep[], steps: ReadonlyMap<string, Step>): Map<string | null, PlannedStep[]> {
  const latest = new Map(inOrder(steps).map(({ path }) => [plannedPath(path), path]));
  const known = new Set(planned.map(({ path }) => path));
  const absent = planned.filter(({ path }) => !latest.has(path));
  return grouped(absent, ({ path }) => {
    const parent = parentPath(path);
    return parent === null ? null : (latest.get(parent) ?? (known.has(parent) ? parent : null));
  });
}

function inOrder(steps: ReadonlyMap<string, Step>): Step[] {
  return [...steps.values()].toSorted((one, other) => one.step_number - other.step_number);
}

function grouped<Key, Item>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const found = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = found.get(key);
    if (group) {
      group.push(item);
    } else {
      found.set(key, [item]);
    }
  }
  return found;
}

/** Return what lies in a step: attempt by attempt, pass by pass, each in the flow's order. */
function nodesIn(parent: string | null, inside: Inside): Node[] {
  const recorded = inside.recorded.get(parent) ?? [];
  const last = recorded.reduce((most, { path }) => Math.max(most, repetitionOf(path).attempt), 1);
  const nodes = [
    ...recorded.map((step) => stepNode(step, last, inside)),
    ...(inside.absent.get(parent) ?? []).map((planned) => awaited(planned, inside)),
  ];
  return nodes.toSorted(
    (one, other) =>
      (one.attempt ?? last) - (other.attempt ?? last) || passOf(one) - passOf(other) || place(one, inside) - place(other, inside),
  );
}

function stepNode(step: Step, lastAttempt: number, inside: Inside): Node {
  const { iteration, attempt } = repetitionOf(step.path);
  return {
    key: step.path,
    kind: "step",
    phase: step.phase,
    name: step.step_name,
    action: step.action,
    status: step.status,
    step,
    iteration,
    attempt: lastAttempt > 1 ? attempt : null,
    superseded: attempt < lastAttempt,
    children: nodesIn(step.path, inside),
  };
}

function awaited(planned: PlannedStep, inside: Inside): Node {
  return {
    key: planned.path,
    kind: "step",
    phase: planned.phase,
    name: planned.name,
    action: planned.action,
    status: inside.missing,
    step: null,
    iteration: null,
    attempt: null,
    superseded: false,
    children: nodesIn(planned.path, inside),
  };
}

function phaseNode(phase: Phase, children: readonly Node[]): Node {
  const none = { action: "", step: null, iteration: null, attempt: null, superseded: false };
  return { ...none, key: `phase:${phase}`, kind: "phase", phase, name: phase, status: worst(children), children };
}

/** What has not begun belongs to no pass yet: it stands behind those that have. */
function passOf(node: Node): number {
  return node.iteration ?? Number.MAX_SAFE_INTEGER;
}

/** A planned step stands where the flow has it; one that the plan does not know, by when it began. */
function place(node: Node, { order }: Inside): number {
  return order.get(plannedPath(node.key)) ?? order.size + (node.step?.step_number ?? 0);
}

const SEVERITY: readonly RowStatus[] = ["error", "failed", "running", "cancelled", "planned", "not_run", "passed", "skipped"];

/** Return the status that a group shows: what went wrong, or did not happen, before what went well. */
export function worst(nodes: readonly Node[]): RowStatus {
  const found = new Set(nodes.map((node) => node.status));
  return SEVERITY.find((status) => found.has(status)) ?? "planned";
}
