import { PartMissingError } from "../components/partMissing";
import type { components } from "./schema";

export type Problem = components["schemas"]["Problem"];

/** A request that the server refused, or that never got there: `problem` says why. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail);
  }

  /** Whether the same request may well succeed a little later. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const UNREACHABLE: Problem = {
  type: "about:blank",
  title: "The server cannot be reached",
  status: 0,
  code: "unreachable",
  detail: "No answer came. Is `testmesh server` running, and are you online?",
  errors: [],
  trace_id: null,
};

/** Return the error of a request that got no answer. */
export function unreachable(): ApiError {
  return new ApiError(0, UNREACHABLE);
}

/** Read an answer that says no: the problem in its body, or its status where the body is something else. */
export async function refusal(response: Response): Promise<ApiError> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  if (isProblem(body)) return new ApiError(response.status, body);
  const title = `The server answered ${response.status} ${response.statusText}`.trim();
  const detail = "The answer was not one of TestMesh's own; a proxy between may have given it.";
  return new ApiError(response.status, { ...UNREACHABLE, title, detail, status: response.status, code: "unexplained" });
}

/** Return what went wrong as a problem, whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof PartMissingError) return { ...UNREACHABLE, title: "This part is not here yet", detail, code: "part_missing" };
  return { ...UNREACHABLE, title: "This page failed", detail, code: "page_failed" };
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "title" in body && "detail" in body && "code" in body;
}
