import { useCallback, useEffect, useRef } from "react";

/** A hidden page paints no frames, and still has a title and an icon to keep up to date. */
const HIDDEN_MS = 250;

/** Return how to hand in items one by one; they come out together, once a frame. */
export function useBatches<T>(flush: (batch: T[]) => void): (item: T) => void {
  const waiting = useRef<T[]>([]);
  const cancel = useRef<(() => void) | null>(null);

  const run = useCallback(() => {
    cancel.current = null;
    const batch = waiting.current;
    waiting.current = [];
    if (batch.length > 0) flush(batch);
  }, [flush]);

  useEffect(
    () => () => {
      cancel.current?.();
      cancel.current = null;
      waiting.current = [];
    },
    [run],
  );

  return useCallback(
    (item: T) => {
      waiting.current.push(item);
      cancel.current ??= soon(run);
    },
    [run],
  );
}

function soon(run: () => void): () => void {
  if (document.visibilityState === "hidden") {
    const timer = setTimeout(run, HIDDEN_MS);
    return () => clearTimeout(timer);
  }
  const frame = requestAnimationFrame(run);
  return () => cancelAnimationFrame(frame);
}
