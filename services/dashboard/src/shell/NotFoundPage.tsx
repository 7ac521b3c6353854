import { Link } from "@tanstack/react-router";
import { PageHeading } from "../components/PageHeading";

/** What stands at an address where there is no page. */
export function NotFoundPage() {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-2 px-6 py-24 text-center">
      <p aria-hidden className="font-mono text-5xl font-semibold text-ink-muted">
        404
      </p>
      <PageHeading title="Page not found" />
      <p className="text-ink-muted">There is nothing at this address. The link may be old, or mistyped.</p>
      <Link to="/executions" className="mt-3 font-medium text-accent-ink underline underline-offset-4">
        Go to the executions
      </Link>
    </div>
  );
}
