import {
  createRootRoute,
  createRoute,
  createRouter,
  redirect,
  stripSearchParams,
} from "@tanstack/react-router";
import { ErrorCard } from "./components/ErrorCard";
import { lazyPart } from "./components/lazyPart";
import { readExecutionSearch } from "./execution/search";
import { LIST_DEFAULTS, readListSearch } from "./executions/search";
import { NotFoundPage } from "./shell/NotFoundPage";
import { Shell } from "./shell/Shell";

const rootRoute = createRootRoute({
  component: Shell,
  notFoundComponent: NotFoundPage,
  errorComponent: ({ error, reset }) => <PageFailed error={error} retry={reset} />,
});

const ExecutionsPage = lazyPart(() => import("./executions/ExecutionsPage"), { failed: pageFailed });
const ExecutionPage = lazyPart(() => import("./execution/ExecutionPage"), { failed: pageFailed });

function pageFailed(error: unknown, retry: () => void) {
  return <PageFailed error={error} retry={retry} />;
}

/** Stands for a page that could not be fetched, or broke; the shell stays around it. */
function PageFailed({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <div className="mx-auto w-full max-w-2xl p-6">
      <ErrorCard error={error} onRetry={retry} />
    </div>
  );
}

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
  component: ExecutionsPage,
});

const executionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/executions/$id",
  validateSearch: readExecutionSearch,
  component: ExecutionPage,
});

/** Return the router of the app: what pages there are, and what their addresses say. */
export function createAppRouter() {
  return createRouter({
    routeTree: rootRoute.addChildren([indexRoute, executionsRoute, executionRoute]),
    defaultPreload: "intent",
    // What breaks within a page leaves the shell as it is.
    defaultErrorComponent: ({ error, reset }) => <PageFailed error={error} retry={reset} />,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
