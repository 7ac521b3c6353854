import { useEffect, useState } from "react";

/** Return the time in ms, again each `every` ms while it runs. */
export function useTicker(runs: boolean, every: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!runs) return undefined;
    const tick = () => setNow(Date.now());
    tick();
    const timer = setInterval(tick, every);
    return () => clearInterval(timer);
  }, [runs, every]);
  return now;
}
