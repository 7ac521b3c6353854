/** The steps of a run as a tree: phases, their steps, the steps inside those; what is planned and not begun too. */
import type { Phase, PlannedStep } from "../contract";
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
  readonly children: readonly Node[];
}

export const PHASES: readonly Phase[] = ["setup", "steps", "teardown"];

/** Return the phases of a run in which there is a step, each with its steps in the flow's order. */
export function treeOf(state: State, run: number): Node[] {
  const steps = stepsOf(state, run);
  const missing: RowStatus = isOver(state, run) ? "not_run" : "planned";
  const order = new Map(state.head.planned.map((planned, index) => [planned.path, index]));
  const absent = state.head.planned.filter((planned) => !steps.has(planned.path));
  const children = byParent(steps);
  const nodes = [...(children.get(null) ?? []).map((step) => stepNode(step, children)), ...absent.map(awaited(missing))];
  nodes.sort((one, other) => place(one, order) - place(other, order));
  return PHASES.map((phase) => phaseNode(phase, nodes.filter((node) => node.phase === phase))).filter(
    (node) => node.children.length > 0,
  );
}

function isOver(state: State, run: number): boolean {
  return run < state.head.run || isTerminal(state.head.status);
}

function byParent(steps: ReadonlyMap<string, Step>): Map<string | null, Step[]> {
  const found = new Map<string | null, Step[]>();
  for (const step of [...steps.values()].toSorted((one, other) => one.step_number - other.step_number)) {
    const parent = step.parent_path && steps.has(step.parent_path) ? step.parent_path : null;
    const siblings = found.get(parent);
    if (siblings) {
      siblings.push(step);
    } else {
      found.set(parent, [step]);
    }
  }
  return found;
}

function stepNode(step: Step, children: Map<string | null, Step[]>): Node {
  return {
    key: step.path,
    kind: "step",
    phase: step.phase,
    name: step.step_name,
    action: step.action,
    status: step.status,
    step,
    children: (children.get(step.path) ?? []).map((child) => stepNode(child, children)),
  };
}

function awaited(status: RowStatus): (planned: PlannedStep) => Node {
  return (planned) => ({
    key: planned.path,
    kind: "step",
    phase: planned.phase,
    name: planned.name,
    action: planned.action,
    status,
    step: null,
    children: [],
  });
}

function phaseNode(phase: Phase, children: readonly Node[]): Node {
  return { key: `phase:${phase}`, kind: "phase", phase, name: phase, action: "", status: worst(children), step: null, children };
}

/** A planned step stands where the flow has it; one that the plan does not know, by when it began. */
function place(node: Node, order: ReadonlyMap<string, number>): number {
  return order.get(node.key) ?? order.size + (node.step?.step_number ?? 0);
}

const SEVERITY: readonly RowStatus[] = ["error", "failed", "running", "cancelled", "planned", "not_run", "passed", "skipped"];

/** Return the status that a group shows: what went wrong, or did not happen, before what went well. */
export function worst(nodes: readonly Node[]): RowStatus {
  const found = new Set(nodes.map((node) => node.status));
  return SEVERITY.find((status) => found.has(status)) ?? "planned";
}
