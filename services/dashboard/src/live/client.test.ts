import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { waitBeforeRetry } from "./backoff";
import { LiveClient, type LiveListener, TopicTakenError } from "./client";
import type { LiveMessage } from "./messages";

const TOPIC = "execution:01a0c668";
const MINUTE = 60_000;
const QUIET = 35_000;

/** A server that keeps all events of one topic, and connections that break when told to. */
class Server {
  readonly sockets: FakeSocket[] = [];
  readonly events: { id: string; type: string; data: object }[] = [];
  trimmedTo = 0;
  isUp = true;

  readonly open = (): WebSocket => {
    const socket = new FakeSocket(this);
    this.sockets.push(socket);
    return socket as unknown as WebSocket;
  };

  get current(): FakeSocket {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error("nobody has connected");
    return last;
  }

  happen(type = "step.started"): void {
    const id = `c-${this.events.length + 1}`;
    this.events.push({ id, type, data: { seq: this.events.length + 1 } });
    this.current.tell();
  }
}

class FakeSocket extends EventTarget {
  readyState = 0;
  readonly received: { op: string; topic: string; after?: string }[] = [];
  private told: number | null = null;
  private topic = "";

  constructor(private readonly server: Server) {
    super();
    queueMicrotask(() => {
      if (this.readyState !== 0) return;
      if (!server.isUp) {
        this.breakOff(1006);
        return;
      }
      this.readyState = 1;
      this.dispatchEvent(new Event("open"));
    });
  }

  send(text: string): void {
    const message = JSON.parse(text);
    this.received.push(message);
    if (message.op === "unsubscribe") {
      this.told = null;
      return;
    }
    const begun = this.server.events.findIndex((event) => event.id === message.after) + 1;
    this.topic = message.topic;
    if (begun < this.server.trimmedTo) {
      this.say({ topic: message.topic, id: null, type: "stream.gap", data: {} });
      return;
    }
    this.say({ topic: message.topic, id: message.after ?? "c-0", type: "stream.subscribed", data: {} });
    this.told = begun;
    this.tell();
  }

  tell(): void {
    while (this.readyState === 1 && this.told !== null && this.told < this.server.events.length) {
      this.say({ topic: this.topic, time: null, ...this.server.events[this.told] });
      this.told += 1;
    }
  }

  say(message: object): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }

  close(): void {
    this.readyState = 3;
  }

  breakOff(code: number): void {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}

let server: Server;
let client: LiveClient;
let heard: number[];
let gaps: number;
let listener: LiveListener;

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  heard = [];
  gaps = 0;
  listener = {
    onMessage: (message: LiveMessage) => heard.push((message.data as { seq: number }).seq),
    onGap: () => {
      gaps += 1;
    },
  };
  client = new LiveClient({ url: "ws://here/api/v1/ws", random: () => 1, openSocket: server.open });
});

afterEach(() => {
  vi.useRealTimers();
});

const settled = () => vi.advanceTimersByTimeAsync(0);

test("over six broken connections each event comes once and in order", async () => {
  client.subscribe(TOPIC, null, listener);
  client.start();
  await settled();

  for (let drop = 0; drop < 6; drop += 1) {
    server.happen();
    server.happen();
    server.current.breakOff(1006);
    server.happen();
    // oxlint-disable-next-line no-await-in-loop -- one break after the other
    await vi.advanceTimersByTimeAsync(30_000);
  }

  expect(heard).toEqual(Array.from({ length: 18 }, (_, index) => index + 1));
  expect(server.sockets).toHaveLength(7);
  expect(server.current.received).toEqual([{ op: "subscribe", topic: TOPIC, after: "c-17" }]);
  expect(gaps).toBe(0);
});

test("a subscription that has heard nothing resumes where it began", async () => {
  client.start();
  await settled();
  client.subscribe(TOPIC, null, listener);
  server.current.breakOff(1006);
  await vi.advanceTimersByTimeAsync(5_000);

  expect(server.current.received).toEqual([{ op: "subscribe", topic: TOPIC, after: "c-0" }]);
});

test("a gap is told once, ends the subscription, and the next one begins after the new snapshot", async () => {
  client.start();
  await settled();
  const end = client.subscribe(TOPIC, null, listener);
  server.happen();
  server.current.breakOff(1006);
  for (let event = 0; event < 3; event += 1) server.happen();
  server.trimmedTo = 3;
  await vi.advanceTimersByTimeAsync(5_000);

  expect([heard, gaps]).toEqual([[1], 1]);

  server.current.breakOff(1006);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(server.current.received).toEqual([]);

  end();
  client.subscribe(TOPIC, "c-3", listener);
  expect([heard, gaps]).toEqual([[1, 4], 1]);
});

test("a subscription that the server does not understand is told as a gap, and not sent again", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  client.subscribe(TOPIC, null, listener);
  client.start();
  await settled();
  server.current.say({ topic: TOPIC, id: null, type: "stream.error", data: { code: "live_cursor_invalid" } });
  server.current.breakOff(1006);
  await vi.advanceTimersByTimeAsync(5_000);

  expect(gaps).toBe(1);
  expect(server.current.received).toEqual([]);
});

test("what comes of an earlier subscription of a topic is not taken for the later one's", async () => {
  client.start();
  await settled();
  server.current.send = () => undefined;
  client.subscribe(TOPIC, "c-1", listener)();
  client.subscribe(TOPIC, "c-5", listener);
  const { current } = server;

  current.say({ topic: TOPIC, id: "c-2", type: "step.started", data: { seq: 2 } });
  current.say({ topic: TOPIC, id: "c-5", type: "stream.subscribed", data: {} });
  current.say({ topic: TOPIC, id: "c-6", type: "step.started", data: { seq: 6 } });

  expect(heard).toEqual([6]);
});

test("after the end of a subscription nothing of its topic is heard, and it is not subscribed again", async () => {
  client.start();
  await settled();
  const end = client.subscribe(TOPIC, null, listener);
  server.happen();
  end();
  server.happen();
  expect(server.current.received.map(({ op }) => op)).toEqual(["subscribe", "unsubscribe"]);

  server.current.breakOff(1006);
  await vi.advanceTimersByTimeAsync(5_000);

  expect(server.current.received).toEqual([]);
  expect(heard).toEqual([1]);
});

test("a reader that was too slow connects again and resumes after its last id", async () => {
  client.subscribe(TOPIC, null, listener);
  client.start();
  await settled();
  server.happen();
  server.current.breakOff(4408);
  server.happen();
  await vi.advanceTimersByTimeAsync(5_000);

  expect(heard).toEqual([1, 2]);
  expect(server.current.received).toEqual([{ op: "subscribe", topic: TOPIC, after: "c-1" }]);
});

test("events of unknown types are passed over, and resumed after", async () => {
  client.subscribe(TOPIC, null, listener);
  client.start();
  await settled();
  server.happen("step.imagined");
  server.current.dispatchEvent(new MessageEvent("message", { data: "no JSON" }));
  server.current.breakOff(1006);
  await vi.advanceTimersByTimeAsync(5_000);

  expect(heard).toEqual([]);
  expect(server.current.received).toEqual([{ op: "subscribe", topic: TOPIC, after: "c-1" }]);
});

test("the first wait is up to five seconds, and grows to thirty", () => {
  const longest = [0, 1, 2, 3, 4, 50].map((failures) => waitBeforeRetry(failures, () => 1));
  const shortest = [0, 1, 50].map((failures) => waitBeforeRetry(failures, () => 0));

  expect(longest).toEqual([5_000, 10_000, 20_000, 30_000, 30_000, 30_000]);
  expect(shortest).toEqual([0, 0, 0]);
});

test("while the server is away it is tried ever more rarely, and the state says so until it is back", async () => {
  const states: string[] = [];
  client.watch(() => states.push(client.read().status));
  client.start();
  await settled();
  server.isUp = false;
  server.current.breakOff(1006);

  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  expect(server.sockets.length).toBeLessThan(15);
  expect(client.read().status).toBe("offline");

  server.isUp = true;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(client.read()).toEqual({ status: "live", retryAt: null });
  expect(states.filter((state, index) => state !== states[index - 1])).toEqual(["live", "reconnecting", "offline", "live"]);
});

test("a connection that says nothing for 35 s is replaced, and nobody sees it", async () => {
  const states: string[] = [];
  client.subscribe(TOPIC, null, listener);
  client.start();
  await settled();
  client.watch(() => states.push(client.read().status));

  await vi.advanceTimersByTimeAsync(QUIET - 1_000);
  server.happen();
  await vi.advanceTimersByTimeAsync(QUIET - 1_000);
  expect(server.sockets).toHaveLength(1);

  await vi.advanceTimersByTimeAsync(1_000);
  server.happen();

  expect(server.sockets).toHaveLength(2);
  expect(heard).toEqual([1, 2]);
  expect(states).toEqual([]);
});

test("a dead connection is noticed when the computer wakes up", async () => {
  client.subscribe(TOPIC, null, listener);
  client.start();
  await settled();
  server.current.readyState = 3;
  window.dispatchEvent(new Event("online"));
  await settled();
  server.happen();

  expect(server.sockets).toHaveLength(2);
  expect(heard).toEqual([1]);
});

test("who stops is not connected again", async () => {
  const stop = client.start();
  await settled();
  stop();
  await vi.advanceTimersByTimeAsync(5 * MINUTE);

  expect(server.sockets).toHaveLength(1);
});

test("two listeners of one topic are refused rather than one of them starved", () => {
  client.subscribe(TOPIC, null, listener);

  expect(() => client.subscribe(TOPIC, null, listener)).toThrow(TopicTakenError);
});
