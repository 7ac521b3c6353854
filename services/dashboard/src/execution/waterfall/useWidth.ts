import { type RefObject, useLayoutEffect, useState } from "react";

/** Return the width of an element, as it changes; 0 before it is known. */
export function useWidth(of: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = of.current;
    if (element === null) return undefined;
    // oxlint-disable-next-line react/set-state-in-effect -- the width is only there once the element is, and is needed before the first paint
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [of]);
  return width;
}
