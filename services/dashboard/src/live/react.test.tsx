import { cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LiveClient, type LiveListener } from "./client";
import { LiveProvider, useLive } from "./react";

let said: string[];
let listeners: LiveListener[];
let client: LiveClient;

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  listeners = [];
  client = new LiveClient({ url: "ws://here" });
  vi.spyOn(client, "start").mockReturnValue(() => undefined);
  vi.spyOn(client, "subscribe").mockImplementation((topic, after, listener) => {
    said.push(`+${topic} ${after}`);
    listeners.push(listener);
    return () => said.push(`-${topic}`);
  });
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const around = ({ children }: { children: ReactNode }) => <LiveProvider client={client}>{children}</LiveProvider>;

function listen(onGap: () => Promise<unknown> | void) {
  return renderHook(
    ({ after, snapshot }: { after: string | null | undefined; snapshot: number }) =>
      useLive("events", after, { onMessage: () => undefined, onGap }, snapshot),
    { wrapper: around, initialProps: { after: undefined as string | null | undefined, snapshot: 0 } },
  );
}

test("a topic is heard from when its snapshot is there, until the page is left", () => {
  const { rerender, unmount } = listen(() => undefined);
  expect(said).toEqual([]);

  rerender({ after: "c1", snapshot: 1 });
  rerender({ after: "c1", snapshot: 1 });
  expect(said).toEqual(["+events c1"]);

  unmount();
  expect(said).toEqual(["+events c1", "-events"]);
});

test("another snapshot begins anew, also with the same cursor: it may be older than what was heard", () => {
  const { rerender } = listen(() => undefined);
  rerender({ after: "c1", snapshot: 1 });
  rerender({ after: "c1", snapshot: 2 });
  rerender({ after: "c3", snapshot: 3 });

  expect(said).toEqual(["+events c1", "-events", "+events c1", "-events", "+events c3"]);
});

test("after a gap the topic is heard again once the snapshot was fetched, and not before", async () => {
  const { promise, resolve: fetched } = Promise.withResolvers<void>();
  const { rerender } = listen(() => promise);
  rerender({ after: "c1", snapshot: 1 });
  listeners[0]?.onGap();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(said).toEqual(["+events c1"]);

  fetched();
  await vi.advanceTimersByTimeAsync(1_000);
  rerender({ after: "c1", snapshot: 1 });

  expect(said).toEqual(["+events c1", "-events", "+events c1"]);
});

test("a new snapshot after a gap is subscribed to once", async () => {
  const { rerender } = listen(() => Promise.resolve());
  rerender({ after: "c1", snapshot: 1 });
  listeners[0]?.onGap();
  rerender({ after: "c9", snapshot: 2 });
  await vi.advanceTimersByTimeAsync(60_000);
  rerender({ after: "c9", snapshot: 2 });

  expect(said).toEqual(["+events c1", "-events", "+events c9"]);
});
