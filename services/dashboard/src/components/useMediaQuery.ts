import { useEffect, useState } from "react";

/** Return whether the window is as a media query says. */
export function useMediaQuery(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);

  useEffect(() => {
    const list = matchMedia(query);
    const ask = (): void => setMatches(list.matches);
    ask();
    list.addEventListener("change", ask);
    return () => list.removeEventListener("change", ask);
  }, [query]);

  return matches;
}
