import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { LiveMessage } from "../live/messages";
import { useLive, useLiveState } from "../live/react";
import { LiveRows } from "./liveRows";
import { type ExecutionsPageData, isSameList, listQuery } from "./listQuery";
import type { ListSearch } from "./search";

const REFETCH_EVERY_MS = 1_000;
const HIDDEN_FRAME_MS = 1_000;

/**
 * A page of the list that stays true: events change its rows once a frame; where others belong in it, it is fetched
 * again, once a second at most, unless the reader is further down: then `newCount` says how many there are.
 */
export function useLiveList(search: ListSearch, isAtTop: boolean) {
  const cache = useQueryClient();
  const options = listQuery(search);
  const query = useQuery({
    ...options,
    placeholderData: (before, asked) => (isSameList(asked?.queryKey[1], search) ? before : undefined),
  });
  const { refetch } = query;
  const snapshot = query.isPlaceholderData ? undefined : query.data;
  const fetchedAt = snapshot?.fetchedAt;
  // oxlint-disable-next-line react/exhaustive-deps -- a snapshot with patched rows is still the same snapshot
  const rows = useMemo(() => new LiveRows(snapshot ?? { items: [] }, search), [fetchedAt]);
  const [newCount, setNewCount] = useState(0);
  const isFollowing = isAtTop && search.cursor === undefined;
  const fetchSoon = useThrottled(useCallback(() => void refetch(), [refetch]));

  useEffect(() => setNewCount(0), [rows]);

  const show = useFrame(() => {
    const { rows: changed, isOutdated } = rows.harvest();
    if (changed.size > 0) {
      cache.setQueryData<ExecutionsPageData>(options.queryKey, (page) =>
        page === undefined ? page : { ...page, items: page.items.map((item) => changed.get(item.id) ?? item) },
      );
    }
    if (isOutdated && isFollowing) fetchSoon();
    else setNewCount(rows.newIds.size);
  });

  // Back at the top of the first page: what came meanwhile is shown.
  useEffect(() => {
    if (isFollowing && rows.newIds.size > 0) fetchSoon();
  }, [isFollowing, rows, fetchSoon]);

  useAskedAgain(query.isError, refetch);

  const after = snapshot === undefined ? undefined : (snapshot.event_cursor ?? null);
  useLive("events", after, { onMessage: take, onGap: () => refetch() }, fetchedAt);

  function take(message: LiveMessage): void {
    rows.take(message);
    show();
  }

  return { query, newCount: isFollowing ? 0 : newCount };
}

/** What was refused while the server was away is asked for once more when it is back. */
function useAskedAgain(isRefused: boolean, ask: () => Promise<unknown>): void {
  const { status } = useLiveState();
  const refused = useRef(isRefused);

  useEffect(() => {
    refused.current = isRefused;
  });
  useEffect(() => {
    if (status === "live" && refused.current) void ask();
  }, [status, ask]);
}

/** Return how to have an effect at the next frame; in a tab that nobody sees, within a second. */
function useFrame(effect: () => void): () => void {
  const latest = useRef(effect);
  const pending = useRef<(() => void) | null>(null);

  useEffect(() => {
    latest.current = effect;
  });
  useEffect(
    () => () => {
      pending.current?.();
      pending.current = null;
    },
    [],
  );

  return useCallback(() => {
    if (pending.current !== null) return;
    const run = (): void => {
      pending.current = null;
      latest.current();
    };
    if (document.visibilityState === "hidden") {
      const timer = setTimeout(run, HIDDEN_FRAME_MS);
      pending.current = () => clearTimeout(timer);
    } else {
      const frame = requestAnimationFrame(run);
      pending.current = () => cancelAnimationFrame(frame);
    }
  }, []);
}

/** Return how to do something at once, and then at most once a second. */
function useThrottled(action: () => void): () => void {
  const last = useRef(-Infinity);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);

  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [action],
  );

  return useCallback(() => {
    if (timer.current !== null) return;
    const wait = Math.max(0, last.current + REFETCH_EVERY_MS - performance.now());
    timer.current = setTimeout(() => {
      timer.current = null;
      last.current = performance.now();
      action();
    }, wait);
  }, [action]);
}
