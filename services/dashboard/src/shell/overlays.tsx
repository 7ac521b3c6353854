import { createContext, type ReactNode, use, useCallback, useMemo, useRef, useState } from "react";

/** What lies over the page: the palette with all commands, its list of flows to run, the keys' help sheet. */
export type Overlay = "commands" | "run" | "help";

interface Overlays {
  shown: Overlay | null;
  show: (overlay: Overlay | null) => void;
  /** Give the focus back to what had it before, unless it is elsewhere by now. */
  giveBack: (event: Event) => void;
}

const OverlayContext = createContext<Overlays | null>(null);

export function OverlayProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<Overlay | null>(null);
  const opener = useRef<Element | null>(null);

  const show = useCallback((overlay: Overlay | null) => {
    setShown((before) => {
      if (before === null && overlay !== null) opener.current = document.activeElement;
      return overlay;
    });
  }, []);
  const giveBack = useCallback((event: Event) => {
    event.preventDefault();
    const { activeElement } = document;
    if (activeElement !== null && activeElement !== document.body) return;
    if (opener.current instanceof HTMLElement) opener.current.focus();
  }, []);
  const value = useMemo(() => ({ shown, show, giveBack }), [shown, show, giveBack]);
  return <OverlayContext value={value}>{children}</OverlayContext>;
}

/** Return what lies over the page, and how to put something there. */
export function useOverlays(): Overlays {
  const found = use(OverlayContext);
  if (found === null) throw new Error("There is no OverlayProvider around this part of the page.");
  return found;
}
