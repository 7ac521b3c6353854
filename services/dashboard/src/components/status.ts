import {
  AlertTriangle,
  Ban,
  Check,
  Circle,
  CircleDashed,
  LoaderCircle,
  type LucideIcon,
  SkipForward,
  X,
} from "lucide-react";
import type { ExecutionStatus, StepStatus } from "../api/types";

export type Status = ExecutionStatus | StepStatus | "planned";

export interface StatusLook {
  word: string;
  icon: LucideIcon;
  /** Colour of its word and icon. */
  ink: string;
  /** Colour of its bars. */
  fill: string;
  /** Ground of its badge and of its panels. */
  wash: string;
}

const muted = { ink: "text-pending", fill: "bg-pending-fill", wash: "bg-pending-wash" };

/** A status is an icon, a word and a colour; the words are those of the API and of the command. */
export const STATUS: Record<Status, StatusLook> = {
  passed: { word: "passed", icon: Check, ink: "text-passed", fill: "bg-passed-fill", wash: "bg-passed-wash" },
  failed: { word: "failed", icon: X, ink: "text-failed", fill: "bg-failed-fill", wash: "bg-failed-wash" },
  error: { word: "error", icon: AlertTriangle, ink: "text-error", fill: "bg-error-fill", wash: "bg-error-wash" },
  running: {
    word: "running",
    icon: LoaderCircle,
    ink: "text-running",
    fill: "bg-running-fill",
    wash: "bg-running-wash",
  },
  pending: { word: "pending", icon: Circle, ...muted },
  skipped: { word: "skipped", icon: SkipForward, ...muted },
  cancelled: { word: "cancelled", icon: Ban, ...muted },
  planned: { word: "planned", icon: CircleDashed, ...muted },
};

export const TERMINAL: ReadonlySet<Status> = new Set(["passed", "failed", "error", "cancelled"]);
