import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  stripSearchParams,
} from "@tanstack/react-router";
import { ErrorCard } from "./components/ErrorCard";
import { readExecutionSearch } from "./execution/search";
import { LIST_DEFAULTS, readListSearch } from "./executions/search";
import { NotFoundPage } from "./shell/NotFoundPage";
import { Shell } from "./shell/Shell";

const rootRoute = createRootRoute({
  component: Shell,
  notFoundComponent: NotFoundPage,
  errorComponent: ({ error, reset }) => (
    <div className="mx-auto max-w-2xl p-6">
      <ErrorCard error={error} onRetry={reset} />
    </div>
  ),
});

const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/executions", replace: true });
  },
});

const executionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/executions",
  validateSearch: readListSearch,
  search: { middlewares: [stripSearchParams(LIST_DEFAULTS)] },
  component: lazyRouteComponent(() => import("./executions/ExecutionsPage")),
});

const executionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/executions/$id",
  validateSearch: readExecutionSearch,
  component: lazyRouteComponent(() => import("./execution/ExecutionPage")),
});

/** Return the router of the app: what pages there are, and what their addresses say. */
export function createAppRouter() {
  return createRouter({
    routeTree: rootRoute.addChildren([indexRoute, executionsRoute, executionRoute]),
    defaultPreload: "intent",
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
