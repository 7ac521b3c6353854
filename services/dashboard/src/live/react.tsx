import { createContext, type ReactNode, use, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { LiveClient, type LiveState } from "./client";
import type { LiveMessage } from "./messages";

const AFTER_GAP_MS = 1_000;

/** What a part of a page does with a topic. */
export interface LiveUse {
  onMessage: (message: LiveMessage) => void;
  /** Fetch the snapshot; when that is done the topic is subscribed again, after the cursor of then. */
  onGap: () => Promise<unknown> | void;
}

const LiveContext = createContext<LiveClient | null>(null);

/** Return the client of this tab, to be started by `LiveProvider`. */
export function createLiveClient(): LiveClient {
  return new LiveClient({ url: `${location.origin.replace(/^http/, "ws")}/api/v1/ws` });
}

export function LiveProvider({ client, children }: { client: LiveClient; children: ReactNode }) {
  useEffect(() => client.start(), [client]);
  return <LiveContext value={client}>{children}</LiveContext>;
}

/** Return the connection's state, and how to try again at once. */
export function useLiveState(): LiveState & { retry: () => void } {
  const client = useLiveClient();
  return { ...useSyncExternalStore(client.watch, client.read), retry: client.retry };
}

/**
 * Hear a topic after a cursor, from when `after` is known: `undefined` waits, `null` is the beginning that
 * docs/live.md gives. Another topic or cursor begins anew; a page that fetches its snapshot again passes on the
 * snapshot's cursor, and nothing is missed or heard twice. A snapshot may be older than what was heard before it came,
 * and have the same cursor as the one before: `snapshot`, whatever tells the two apart, lets that be said again.
 */
export function useLive(
  topic: string,
  after: string | null | undefined,
  listener: LiveUse,
  snapshot?: unknown,
): void {
  const client = useLiveClient();
  const latest = useRef(listener);
  const [round, setRound] = useState(0);

  useEffect(() => {
    latest.current = listener;
  });

  useEffect(() => {
    if (after === undefined) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    // A snapshot with another cursor begins anew by itself, and ends this; one with the same cursor needs the round.
    const again = (): void => {
      if (!isOver) timer = setTimeout(() => setRound((before) => before + 1), AFTER_GAP_MS);
    };
    const end = client.subscribe(topic, after, {
      onMessage: (message) => latest.current.onMessage(message),
      onGap: () => void Promise.resolve(latest.current.onGap()).then(again, again),
    });
    return () => {
      isOver = true;
      clearTimeout(timer);
      end();
    };
  }, [client, topic, after, snapshot, round]);
}

function useLiveClient(): LiveClient {
  const client = use(LiveContext);
  if (client === null) throw new Error("There is no LiveProvider around this part of the page.");
  return client;
}
