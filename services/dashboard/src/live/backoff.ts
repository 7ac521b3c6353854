const FIRST_MS = 5_000;
const MOST_MS = 30_000;

/** Return how long to wait before the next try: at random within 5 s, within twice that after each failure, to 30 s. */
export function waitBeforeRetry(failures: number, random: () => number): number {
  const within = Math.min(FIRST_MS * 2 ** Math.min(failures, 10), MOST_MS);
  return random() * within;
}
