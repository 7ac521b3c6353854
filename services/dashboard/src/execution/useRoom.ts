import { type RefObject, useLayoutEffect, useState } from "react";

const LEAST = 320;
const BELOW = 16;
const AT_FIRST = 280;

/** Return the height from where an element begins to the window's end, as CSS. What is above it changes with the page's state. */
export function useRoom(of: RefObject<HTMLElement | null>): string {
  const [top, setTop] = useState(AT_FIRST);

  // oxlint-disable-next-line react/exhaustive-deps -- it looks after each rendering, and the same place changes nothing
  useLayoutEffect(() => {
    const element = of.current;
    // oxlint-disable-next-line react/set-state-in-effect -- where an element is, is only known when it is there
    if (element !== null) setTop(topOf(element));
  });

  useLayoutEffect(() => {
    const look = (): void => {
      if (of.current !== null) setTop(topOf(of.current));
    };
    window.addEventListener("resize", look);
    return () => window.removeEventListener("resize", look);
  }, [of]);

  return `max(${LEAST}px, calc(100dvh - ${top + BELOW}px))`;
}

function topOf(element: HTMLElement): number {
  return Math.round(element.getBoundingClientRect().top + window.scrollY);
}
