import { STATUS, type StatusLook } from "../components/status";
import type { RowStatus } from "./model/tree";

/** How a row's status looks: as everywhere, and `not run` for what the run did not come to. */
export function lookOf(status: RowStatus): StatusLook {
  return status === "not_run" ? { ...STATUS.planned, word: "not run" } : STATUS[status];
}
