import { useEffect, useState } from "react";

const TOP_PX = 80;
const isAtTop = () => window.scrollY < TOP_PX;

/** Return whether the reader is at the top of the page; asked when it scrolls only, because to ask makes it lay out. */
export function useIsAtTop(): boolean {
  const [answer, setAnswer] = useState(isAtTop);

  useEffect(() => {
    const ask = (): void => setAnswer(isAtTop());
    ask();
    window.addEventListener("scroll", ask, { passive: true });
    return () => window.removeEventListener("scroll", ask);
  }, []);

  return answer;
}
