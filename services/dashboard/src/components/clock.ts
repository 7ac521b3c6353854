import { useSyncExternalStore } from "react";

/** One clock for all relative times of the page: ticks each second while anybody looks at it. */
class Clock {
  private now = new Date();
  private timer: ReturnType<typeof setInterval> | null = null;
  private readonly watchers = new Set<() => void>();

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    this.timer ??= setInterval(this.tick, 1_000);
    return () => {
      this.watchers.delete(watcher);
      if (this.watchers.size === 0 && this.timer !== null) {
        clearInterval(this.timer);
        this.timer = null;
      }
    };
  };

  readonly read = (): Date => this.now;

  private readonly tick = (): void => {
    this.now = new Date();
    for (const watcher of this.watchers) watcher();
  };
}

const clock = new Clock();

/** Return the time, again each second. */
export function useNow(): Date {
  return useSyncExternalStore(clock.subscribe, clock.read);
}
