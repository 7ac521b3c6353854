import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import type { LiveMessage } from "../../live/messages";
import { useLive, useLiveState } from "../../live/react";
import type { LogView } from "../contract";
import { useBatches } from "../useBatches";
import { lineOf, type LogFilter, shows, withMore } from "./lines";
import { fetchPage } from "./pages";

export interface Logs {
  lines: readonly LogView[];
  /** Pages are still on their way. */
  loading: boolean;
  error: unknown;
  retry: () => void;
}

interface Held {
  lines: readonly LogView[];
  loading: boolean;
  error: unknown;
  after: string | null | undefined;
}

const NOTHING: Held = { lines: [], loading: true, error: null, after: undefined };
/** Lines that no live connection brings are asked for this often while the execution runs. */
const POLL_MS = 3_000;

/**
 * The lines of an execution that a filter lets through: pages to the last, then live; the last page once more at its end.
 * Whoever uses it is made anew (by its key) for another execution or filter.
 */
export function useLogs(id: string, filter: LogFilter, ended: boolean): Logs {
  const { level, step, text } = filter;
  const [held, setHeld] = useState<Held>(NOTHING);
  const [round, again] = useReducer((count: number) => count + 1, 0);
  const settled = useRef<(() => void)[]>([]);
  /** Where the last page began, so that the next round begins there and not at the first line. */
  const last = useRef<string | null>(null);
  const { status } = useLiveState();

  useEffect(() => {
    const aborted = new AbortController();
    const load = async (): Promise<void> => {
      let cursor = last.current;
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- a page's place is only known when the one before is there
        const page = await fetchPage(id, { level, step, text }, cursor, aborted.signal);
        const next = page.next_cursor ?? null;
        const end = next === null && !ended ? { after: page.event_cursor ?? null } : {};
        setHeld((known) => ({ ...known, ...end, lines: withMore(known.lines, page.items), loading: next !== null, error: null }));
        if (next === null) return;
        last.current = cursor = next;
      }
    };
    load()
      .catch((error: unknown) => {
        if (!aborted.signal.aborted) setHeld((known) => ({ ...known, loading: false, error }));
      })
      .finally(() => settled.current.splice(0).forEach((done) => done()));
    return () => aborted.abort();
  }, [id, level, step, text, ended, round]);

  useEffect(() => {
    if (ended || status === "live") return undefined;
    const timer = setInterval(again, POLL_MS);
    return () => clearInterval(timer);
  }, [ended, status]);

  const take = useBatches<LogView>(
    useCallback(
      (batch) => {
        const wanted = batch.filter((line) => shows({ level, step, text }, line));
        if (wanted.length > 0) setHeld((known) => ({ ...known, lines: withMore(known.lines, wanted) }));
      },
      [level, step, text],
    ),
  );
  useLive(`execution:${id}:logs`, ended ? undefined : held.after, {
    onMessage: (message: LiveMessage) => {
      const line = lineOf(message);
      if (line !== null) take(line);
    },
    onGap: () =>
      new Promise<void>((done) => {
        settled.current.push(done);
        again();
      }),
  });

  return { lines: held.lines, loading: held.loading, error: held.error, retry: again };
}
