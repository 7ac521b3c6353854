import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";

const BACK: ReadonlySet<string> = new Set(["BACK", "GO"]);

/**
 * Whoever comes to another page is at its heading, and hears it; who comes back to a list, at the row that was opened;
 * who opens the first page is where browsers begin.
 */
export function useFocusOnArrival(): void {
  const router = useRouter();
  useEffect(() => {
    let isBack = false;
    const ends = [
      router.history.subscribe(({ action }) => {
        isBack = BACK.has(action.type);
      }),
      router.subscribe("onRendered", ({ fromLocation, pathChanged }) => {
        if (fromLocation === undefined || !pathChanged) return;
        const row = isBack ? rowOf(fromLocation.pathname) : null;
        (row ?? document.querySelector<HTMLElement>("main h1"))?.focus({ preventScroll: true });
      }),
    ];
    return () => ends.forEach((end) => end());
  }, [router]);
}

function rowOf(path: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`main [data-row-link][href="${CSS.escape(path)}"]`);
}
