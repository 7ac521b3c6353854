/** The time axis that all bars of a run share. */
import type { Node } from "./tree";
import { steps } from "./rows";
import type { Step } from "./state";

export interface Axis {
  /** When the run began, in ms since the epoch. */
  readonly start: number;
  /** How much time the axis shows, in ms, at least 1. */
  readonly span: number;
}

/** Where something lies on an axis, in parts of its whole. */
export interface Extent {
  readonly left: number;
  readonly width: number;
}

const TICKS = 5;
const ROOM = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8] as const;
const NICE = [1, 2, 5, 10] as const;

/**
 * Return the axis from the run's start to its last end. Null: nothing has begun.
 * While the run is under way it goes beyond `now`, and grows in leaps: bars grow into free room and stay in place.
 */
export function axisOf(tree: readonly Node[], startedAt: string | null, now: number, underWay = false): Axis | null {
  let start = startedAt === null ? Infinity : Date.parse(startedAt);
  let end = -Infinity;
  for (const { step } of steps(tree)) {
    if (step !== null) {
      start = Math.min(start, Date.parse(step.started_at));
      end = Math.max(end, endOf(step, now));
    }
  }
  if (!Number.isFinite(start)) {
    return null;
  }
  const span = Math.max(1, end - start, underWay ? now - start : 0);
  return { start, span: underWay ? roomy(span) : span };
}

function roomy(span: number): number {
  const least = Math.max(span * 1.02, 1_000);
  const power = 10 ** Math.floor(Math.log10(least));
  return power * (ROOM.find((leap) => leap * power >= least) ?? 10);
}

function endOf(step: Step, now: number): number {
  if (step.status === "running") {
    return Math.max(now, Date.parse(step.started_at));
  }
  return Date.parse(step.started_at) + (step.duration_ms ?? 0);
}

/** Where a step lies; null where it took no time because it was not carried out. */
export function extentOf(step: Step, axis: Axis, now: number): Extent | null {
  if (step.status === "skipped") {
    return null;
  }
  return between(Date.parse(step.started_at), endOf(step, now), axis);
}

export function between(from: number, to: number, axis: Axis): Extent {
  const left = clamp((from - axis.start) / axis.span);
  return { left, width: Math.max(0, clamp((to - axis.start) / axis.span) - left) };
}

/** Where a group lies: from the first begin to the last end in it. */
export function extentOfGroup(node: Node, axis: Axis, now: number): Extent | null {
  const found = steps(node.children)
    .map(({ step }) => (step === null ? null : extentOf(step, axis, now)))
    .filter((extent) => extent !== null);
  if (found.length === 0) {
    return null;
  }
  const left = Math.min(...found.map((extent) => extent.left));
  return { left, width: Math.max(...found.map((extent) => extent.left + extent.width)) - left };
}

/** Round moments to label, in ms after the start. */
export function ticksOf(axis: Axis): number[] {
  const step = tickOf(axis);
  return Array.from({ length: Math.floor(axis.span / step) + 1 }, (_, index) => index * step);
}

/** The time from one round moment to the next. */
export function tickOf(axis: Axis): number {
  const rough = axis.span / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * (NICE.find((nice) => nice * power >= rough) ?? 10);
}

function clamp(part: number): number {
  return Math.min(1, Math.max(0, part));
}
