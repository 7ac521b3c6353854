import { waitBeforeRetry } from "./backoff";
import { isEvent, type LiveMessage, readFrame, type WireMessage } from "./messages";

/** Who hears a topic. */
export interface LiveListener {
  onMessage: (message: LiveMessage) => void;
  /** What was asked for is no longer there: fetch the snapshot, subscribe after its cursor. */
  onGap: () => void;
}

/** `offline`: the browser has no network, or the server did not answer several times. */
export type LiveStatus = "connecting" | "live" | "reconnecting" | "offline";

export interface LiveState {
  status: LiveStatus;
  /** When the next try is due (milliseconds since 1970), while none is under way. */
  retryAt: number | null;
}

export interface LiveOptions {
  url: string;
  random?: () => number;
  openSocket?: (url: string) => WebSocket;
}

interface Topic {
  listener: LiveListener;
  /** Id of the last message, or where the subscription was to begin. */
  after: string | null;
  /** Subscriptions sent and not yet answered: what comes before the last answer is of an earlier one. */
  unanswered: number;
  subscribed: boolean;
}

const OPEN = 1;
const QUIET_MS = 35_000;
const GRACE_MS = 2_000;
const OFFLINE_AFTER = 3;
/** Closed by the server for what this page is or does: trying again at once would not help. */
const HOPELESS: ReadonlySet<number> = new Set([1008, 4400, 4429]);
const ENDINGS: ReadonlySet<string> = new Set(["stream.gap", "stream.error"]);
const ANSWERS: ReadonlySet<string> = new Set(["stream.subscribed", ...ENDINGS]);

/**
 * The one WebSocket of a tab. Every event of a topic reaches its listener once and in order, however often the
 * connection breaks: after each break the topics are subscribed again after their last ids.
 * Speaks docs/live.md; knows nothing of React.
 */
export class LiveClient {
  private readonly topics = new Map<string, Topic>();
  private readonly watchers = new Set<() => void>();
  private state: LiveState = { status: "connecting", retryAt: null };
  private socket: WebSocket | null = null;
  private failures = 0;
  private lastHeard = 0;
  private started = false;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private quietTimer: ReturnType<typeof setTimeout> | undefined;
  private graceTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly random: () => number;
  private readonly openSocket: (url: string) => WebSocket;

  constructor(private readonly options: LiveOptions) {
    this.random = options.random ?? Math.random;
    this.openSocket = options.openSocket ?? ((url) => new WebSocket(url));
  }

  /** Connect, and stay connected; returns how to stop. */
  start(): () => void {
    this.started = true;
    window.addEventListener("online", this.recheck);
    window.addEventListener("offline", this.recheck);
    document.addEventListener("visibilitychange", this.recheck);
    this.connect();
    return () => this.stop();
  }

  /** Hear a topic after a cursor (null: from where docs/live.md says). Returns how to end it. */
  subscribe(topic: string, after: string | null, listener: LiveListener): () => void {
    if (this.topics.has(topic)) throw new TopicTakenError(topic);
    const entry: Topic = { listener, after, unanswered: 0, subscribed: true };
    this.topics.set(topic, entry);
    this.send(topic, entry);
    return () => this.unsubscribe(topic, entry);
  }

  /** Try now, rather than when the wait is over. */
  readonly retry = (): void => {
    if (this.socket === null && this.started) this.connect();
  };

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly read = (): LiveState => this.state;

  private stop(): void {
    this.started = false;
    window.removeEventListener("online", this.recheck);
    window.removeEventListener("offline", this.recheck);
    document.removeEventListener("visibilitychange", this.recheck);
    clearTimeout(this.retryTimer);
    clearTimeout(this.graceTimer);
    this.abandon();
  }

  private connect(): void {
    clearTimeout(this.retryTimer);
    this.abandon();
    if (this.state.status !== "live") this.show(this.failures === 0 ? this.state.status : this.broken(), null);
    const socket = this.openSocket(this.options.url);
    this.socket = socket;
    socket.addEventListener("open", () => {
      if (socket === this.socket) this.opened();
    });
    socket.addEventListener("message", (event) => {
      if (socket === this.socket) this.heard(event.data);
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.socket) this.closed(event.code);
    });
    this.watchQuiet();
  }

  private opened(): void {
    clearTimeout(this.graceTimer);
    this.lastHeard = Date.now();
    this.show("live", null);
    for (const [topic, entry] of this.topics) this.send(topic, entry);
  }

  private closed(code: number): void {
    this.abandon();
    if (HOPELESS.has(code)) this.failures = Math.max(this.failures, OFFLINE_AFTER);
    const wait = waitBeforeRetry(this.failures, this.random);
    this.failures += 1;
    this.show(this.broken(), Date.now() + wait);
    this.retryTimer = setTimeout(() => this.connect(), wait);
  }

  private heard(frame: unknown): void {
    this.lastHeard = Date.now();
    const message = readFrame(frame);
    if (message === null) return;
    this.failures = 0;
    const entry = message.topic == null ? undefined : this.topics.get(message.topic);
    if (message.type === "stream.error") {
      console.warn("The server did not understand a message of this page:", message.data);
    }
    if (entry !== undefined) this.deliver(message, entry);
  }

  private deliver(message: WireMessage, entry: Topic): void {
    if (ANSWERS.has(message.type)) {
      entry.unanswered = Math.max(0, entry.unanswered - 1);
    }
    if (entry.unanswered > 0 || !entry.subscribed) return;
    if (ENDINGS.has(message.type)) {
      entry.subscribed = false;
      entry.listener.onGap();
      return;
    }
    entry.after = message.id ?? entry.after;
    if (isEvent(message)) entry.listener.onMessage(message);
  }

  private send(topic: string, entry: Topic): void {
    if (this.socket?.readyState !== OPEN || !entry.subscribed) return;
    const after = entry.after === null ? {} : { after: entry.after };
    entry.unanswered += 1;
    this.socket.send(JSON.stringify({ op: "subscribe", topic, ...after }));
  }

  private unsubscribe(topic: string, entry: Topic): void {
    if (this.topics.get(topic) !== entry) return;
    this.topics.delete(topic);
    if (this.socket?.readyState === OPEN) this.socket.send(JSON.stringify({ op: "unsubscribe", topic }));
  }

  /** Leave the connection, dead or not: nothing that it still says is heard. */
  private abandon(): void {
    clearTimeout(this.quietTimer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    for (const entry of this.topics.values()) entry.unanswered = 0;
  }

  /** The server says something every 15 s: one that has missed two of those is dead. */
  private watchQuiet(): void {
    clearTimeout(this.quietTimer);
    this.lastHeard = Date.now();
    const check = (): void => {
      const left = this.lastHeard + QUIET_MS - Date.now();
      if (left > 0) this.quietTimer = setTimeout(check, left);
      else this.renew();
    };
    this.quietTimer = setTimeout(check, QUIET_MS);
  }

  /** Replace a connection that is dead, or perhaps alive; it shows only where the new one does not stand at once. */
  private renew(): void {
    clearTimeout(this.graceTimer);
    this.graceTimer = setTimeout(() => {
      if (this.socket?.readyState !== OPEN) this.show("reconnecting", this.state.retryAt);
    }, GRACE_MS);
    this.connect();
  }

  private readonly recheck = (): void => {
    if (!navigator.onLine) this.show("offline", this.state.retryAt);
    else if (document.visibilityState === "hidden") return;
    else if (this.socket === null) this.retry();
    else if (this.socket.readyState !== OPEN || Date.now() - this.lastHeard >= QUIET_MS) this.renew();
    else this.show("live", null);
  };

  private broken(): LiveStatus {
    return navigator.onLine && this.failures < OFFLINE_AFTER ? "reconnecting" : "offline";
  }

  private show(status: LiveStatus, retryAt: number | null): void {
    if (status === this.state.status && retryAt === this.state.retryAt) return;
    this.state = { status, retryAt };
    for (const watcher of this.watchers) watcher();
  }
}

/** Two parts of a page want the same topic: one shall hear it, and share. */
export class TopicTakenError extends Error {
  override readonly name = "TopicTakenError";

  constructor(readonly topic: string) {
    super(`The topic ${topic} has a listener already; end its subscription before the next one.`);
  }
}
