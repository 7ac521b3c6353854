import { createContext, type ReactNode, use, useMemo, useState } from "react";

/** What lies over the page: the palette with all commands, its list of flows to run, the keys' help sheet. */
export type Overlay = "commands" | "run" | "help";

interface Overlays {
  shown: Overlay | null;
  show: (overlay: Overlay | null) => void;
}

const OverlayContext = createContext<Overlays | null>(null);

export function OverlayProvider({ children }: { children: ReactNode }) {
  const [shown, show] = useState<Overlay | null>(null);
  const value = useMemo(() => ({ shown, show }), [shown]);
  return <OverlayContext value={value}>{children}</OverlayContext>;
}

/** Return what lies over the page, and how to put something there. */
export function useOverlays(): Overlays {
  const found = use(OverlayContext);
  if (found === null) throw new Error("There is no OverlayProvider around this part of the page.");
  return found;
}
