import { useCallback, useEffect, useRef, useState } from "react";
import { queries } from "../api/client";
import { ApiError } from "../api/problem";
import type { LiveMessage } from "../live/messages";
import { useLive, useLiveState } from "../live/react";
import type { ExecutionView } from "./contract";
import { fold } from "./model/fold";
import { fromSnapshot, isTerminal, type State } from "./model/state";
import { useBatches } from "./useBatches";

const MOST_RETRIES = 8;
const LONGEST_PAUSE_MS = 5_000;
/** Without a live connection the page asks again and again, more slowly than a person would notice. */
const POLL_MS = 5_000;

interface Held {
  source: ExecutionView;
  state: State;
  /** Where to hear on from; undefined: nothing is to be heard. */
  after: string | null | undefined;
}

export interface Watched {
  state: State | null;
  error: unknown;
  /** It ended, and the database's word of it cannot be had at once; what is shown came live. */
  behind: boolean;
  refetch: () => void;
}

/** Watch an execution: its snapshot, then what happens, folded once a frame, then the snapshot of its end. */
export function useExecution(id: string): Watched {
  const [held, setHeld] = useState<Held | null>(null);
  const current = held?.source.id === id ? held : null;
  const ended = current !== null && isTerminal(current.state.head.status);
  const { status } = useLiveState();
  const query = queries.useQuery("get", "/api/v1/executions/{execution_id}", { params: { path: { execution_id: id } } }, {
    refetchOnMount: "always",
    structuralSharing: false,
    retry: (failures, error) => failures < MOST_RETRIES && (!(error instanceof ApiError) || error.isTransient),
    retryDelay: (failures) => Math.min(250 * 2 ** failures, LONGEST_PAUSE_MS),
    refetchInterval: !ended && status !== "live" ? POLL_MS : false,
  });
  const { data, refetch } = query;

  if (data !== undefined && data.id === id && data !== current?.source) setHeld(hold(data));

  const take = useBatches<LiveMessage>(
    useCallback((batch) => setHeld((known) => known && { ...known, state: fold(known.state, batch) }), []),
  );
  useLive(`execution:${id}`, current?.after, { onMessage: take, onGap: refetch }, current?.source);
  useEndFetched(current, refetch);

  const behind = ended && !isTerminal(current.source.status) && query.failureReason !== null;
  return { state: current?.state ?? null, error: query.error ?? query.failureReason, behind, refetch };
}

function hold(view: ExecutionView): Held {
  const after = isTerminal(view.status) ? undefined : (view.event_cursor ?? null);
  return { source: view, state: fromSnapshot(view), after };
}

/** The end was heard: what the database keeps of it is what counts. */
function useEndFetched(held: Held | null, refetch: () => Promise<unknown>): void {
  const asked = useRef<ExecutionView | null>(null);
  useEffect(() => {
    if (held === null || !isTerminal(held.state.head.status) || isTerminal(held.source.status)) return;
    if (asked.current === held.source) return;
    asked.current = held.source;
    void refetch();
  }, [held, refetch]);
}
