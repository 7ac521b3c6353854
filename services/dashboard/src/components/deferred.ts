const FIRST_PAUSE_MS = 1_000;
const MOST_TRIES = 5;

/** How a part of the app stands that comes after the shell. */
export interface Standing<T> {
  readonly value: T | null;
  /** Why the last try failed; null while one is under way. */
  readonly error: unknown;
}

interface Due {
  readonly load: () => Promise<void>;
}

const all = new Set<Due>();

/**
 * A module that is fetched after the shell. A fetch that fails is tried again, by itself a bounded number of times with
 * growing pauses, and whenever somebody asks: what failed once is never kept as its answer.
 */
export class Deferred<T> {
  private standing: Standing<T> = { value: null, error: null };
  private underWay: Promise<void> | null = null;
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly watchers = new Set<() => void>();

  constructor(private readonly fetch: () => Promise<T>) {
    all.add(this);
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly read = (): Standing<T> => this.standing;

  /** Fetch it now, unless it is there or on its way; counts its tries anew. */
  readonly load = (): Promise<void> => {
    this.tries = 0;
    return this.attempt();
  };

  /** Do something with the module as soon as it is there. */
  whenThere(take: (value: T) => void): void {
    if (this.standing.value !== null) {
      take(this.standing.value);
      return;
    }
    const end = this.watch(() => {
      if (this.standing.value === null) return;
      end();
      take(this.standing.value);
    });
    void this.load();
  }

  private attempt(): Promise<void> {
    if (this.standing.value !== null) return Promise.resolve();
    if (this.underWay !== null) return this.underWay;
    clearTimeout(this.timer);
    this.tries += 1;
    if (this.standing.error !== null) this.tell({ value: null, error: null });
    this.underWay = this.fetch().then(
      (value) => this.end({ value, error: null }),
      (error: unknown) => {
        if (this.tries < MOST_TRIES) {
          this.timer = setTimeout(() => void this.attempt(), FIRST_PAUSE_MS * 2 ** (this.tries - 1));
        }
        this.end({ value: null, error });
      },
    );
    return this.underWay;
  }

  private end(standing: Standing<T>): void {
    this.underWay = null;
    this.tell(standing);
  }

  private tell(standing: Standing<T>): void {
    this.standing = standing;
    for (const watcher of this.watchers) watcher();
  }
}

/** Fetch all parts of the app that are not there yet, and the parts of those: so that they are there when the server is not. */
export async function loadAll(): Promise<void> {
  const known = all.size;
  await Promise.all([...all].map((part) => part.load()));
  if (all.size > known) await loadAll();
}
