import { Component, type ComponentType, type ReactNode, useEffect, useSyncExternalStore } from "react";
import { Deferred } from "./deferred";
import { ErrorCard } from "./ErrorCard";
import { PartMissingError } from "./partMissing";

interface Places {
  /** Stands for the part while it is on its way. */
  waiting?: ReactNode;
  /** Stands for the part that could not be fetched, or broke. */
  failed?: (error: unknown, retry: () => void) => ReactNode;
}

/** A component that is fetched after the shell. Whatever happens to it stays within its place, and can be retried there. */
export function lazyPart<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  { waiting = null, failed = (error, retry) => <ErrorCard error={error} onRetry={retry} /> }: Places = {},
) {
  const part = new Deferred(load);

  function LazyPart(props: P) {
    const { value, error } = useSyncExternalStore(part.watch, part.read);
    useEffect(() => void part.load(), []);
    if (error !== null) return failed(new PartMissingError(error), () => void part.load());
    if (value === null) return waiting;
    return (
      <Boundary failed={failed}>
        <value.default {...props} />
      </Boundary>
    );
  }

  // The router asks for a page's part before it turns to it.
  return Object.assign(LazyPart, { preload: part.load });
}

interface BoundaryProps {
  failed: NonNullable<Places["failed"]>;
  children: ReactNode;
}

/** Keeps what breaks within a part from breaking what is around it. */
class Boundary extends Component<BoundaryProps, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    return error === null ? this.props.children : this.props.failed(error, () => this.setState({ error: null }));
  }
}
