import createFetch, { type Middleware } from "openapi-fetch";
import createQueries from "openapi-react-query";
import { refusal, unreachable } from "./problem";
import type { paths } from "./schema";

const CHANGING = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** Refusals become `ApiError`s; whatever changes something may be sent twice without being done twice. */
const manners: Middleware = {
  onRequest({ request }) {
    if (CHANGING.has(request.method) && !request.headers.has("Idempotency-Key")) {
      request.headers.set("Idempotency-Key", crypto.randomUUID());
    }
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await refusal(response);
    return response;
  },
  onError({ error }) {
    return error instanceof DOMException && error.name === "AbortError" ? error : unreachable();
  },
};

/** The typed REST client: `api.GET("/api/v1/executions", { params })`. */
export const api = createFetch<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  fetch: (request) => globalThis.fetch(request),
});
api.use(manners);

/** The same as hooks of TanStack Query: `queries.useQuery("get", "/api/v1/flows", { params })`. */
export const queries = createQueries(api);
