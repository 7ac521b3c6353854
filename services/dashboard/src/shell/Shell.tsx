import { Outlet, useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { lazyPart } from "../components/lazyPart";
import { ConnectionBanner } from "./ConnectionBanner";
import { Header } from "./Header";
import { MissingOverlay } from "./MissingOverlay";
import { OverlayProvider, useOverlays } from "./overlays";
import { useShortcut, useShortcutListener } from "./shortcuts";
import { useAllParts } from "./useAllParts";
import { useFocusOnArrival } from "./useFocusOnArrival";

const OVER = { failed: (error: unknown, retry: () => void) => <MissingOverlay error={error} onRetry={retry} /> };
const Palette = lazyPart(() => import("./Palette"), OVER);
const HelpSheet = lazyPart(() => import("./HelpSheet"), OVER);
const Toasts = lazyPart(() => import("./Toasts"), { failed: () => null });

/** What is around every page: the way to the other pages, the palette, the keys, what the connection is like. */
export function Shell() {
  return (
    <OverlayProvider>
      <Frame />
    </OverlayProvider>
  );
}

function Frame() {
  useAllParts();
  useKeys();
  useFocusOnArrival();

  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 font-medium text-on-accent focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <Header />
      <ConnectionBanner />
      <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col focus:outline-none">
        <Outlet />
      </main>
      <Overlays />
      <Toasts />
    </div>
  );
}

function Overlays() {
  const { shown } = useOverlays();
  return (
    <>
      {shown === "help" && <HelpSheet />}
      {(shown === "commands" || shown === "run") && <Palette />}
    </>
  );
}

function useKeys() {
  const { shown, show } = useOverlays();
  const navigate = useNavigate();
  useShortcutListener();
  useShortcut("g e", "Go to the executions", () => void navigate({ to: "/executions" }));
  useShortcut("r", "Run a flow", () => show("run"));
  useShortcut("?", "Show this help", () => show("help"));

  useEffect(() => {
    function press(event: KeyboardEvent) {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      show(shown === null ? "commands" : null);
    }
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [shown, show]);
}
