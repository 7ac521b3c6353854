import { beforeEach, expect, test, vi } from "vitest";
import { api } from "./client";
import { ApiError, problemOf } from "./problem";

const PROBLEM = {
  type: "about:blank",
  title: "No such execution",
  status: 404,
  code: "execution_not_found",
  detail: "there is no execution e1",
  errors: [],
  trace_id: "t1",
};

let sent: Request[];

function answer(status: number, body: string, type = "application/problem+json") {
  vi.spyOn(globalThis, "fetch").mockImplementation(async (request) => {
    sent.push(request as Request);
    return new Response(body, { status, headers: { "Content-Type": type } });
  });
}

beforeEach(() => {
  sent = [];
});

async function refused(): Promise<ApiError> {
  const error: unknown = await api.GET("/api/v1/executions").catch((caught: unknown) => caught);
  if (error instanceof ApiError) return error;
  throw new Error(`not refused: ${String(error)}`);
}

test("a refusal says what the server said", async () => {
  answer(404, JSON.stringify(PROBLEM));
  const error = await refused();

  expect(error.problem).toEqual(PROBLEM);
  expect(error.isTransient).toBe(false);
  expect(problemOf(error)).toEqual(PROBLEM);
});

test("an answer of something between is a problem too, worth another try", async () => {
  answer(502, "<h1>Bad gateway</h1>", "text/html");
  const error = await refused();

  expect(error.problem.title).toContain("502");
  expect(error.isTransient).toBe(true);
});

test("no answer at all is a problem too", async () => {
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("Failed to fetch"));
  const error = await refused();

  expect(error.problem.code).toBe("unreachable");
  expect(error.isTransient).toBe(true);
});

test("what changes something carries a key of its own, what reads does not", async () => {
  answer(200, "{}", "application/json");
  const params = { path: { execution_id: "01a0c668-9da0-74ef-9a94-e3e8ab73738f" } };
  await api.POST("/api/v1/executions/{execution_id}/cancel", { params });
  await api.POST("/api/v1/executions/{execution_id}/cancel", { params });
  await api.GET("/api/v1/executions");
  const keys = sent.map((request) => request.headers.get("Idempotency-Key"));

  expect(new Set(keys).size).toBe(3);
  expect(keys[2]).toBeNull();
});
