import { Link } from "@tanstack/react-router";
import { Keyboard, Search } from "lucide-react";
import { Button } from "../components/Button";
import { Kbd } from "../components/Kbd";
import { lazyPart } from "../components/lazyPart";
import { LiveChip } from "./LiveChip";
import { Mark } from "./Mark";
import { useOverlays } from "./overlays";

const ROOM = <span className="size-8" />;
const ThemeMenu = lazyPart(() => import("./ThemeMenu"), { waiting: ROOM, failed: () => ROOM });

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

export function Header() {
  return (
    <header className="sticky top-0 z-30 border-b bg-sunken">
      <div className="flex h-12 items-center gap-1 px-3 sm:gap-2 sm:px-5">
        <Link
          to="/executions"
          className="flex items-center gap-2 rounded-md pr-1 font-semibold tracking-tight"
          aria-label="TestMesh, start"
        >
          <Mark />
          <span className="hidden sm:inline">TestMesh</span>
        </Link>
        <nav aria-label="Pages" className="ml-1 sm:ml-3">
          <Link
            to="/executions"
            className="flex h-8 items-center rounded-md px-2.5 text-[13px] font-medium text-ink-muted hover:bg-hover hover:text-ink aria-[current=page]:text-ink data-[status=active]:bg-hover data-[status=active]:text-ink"
          >
            Executions
          </Link>
        </nav>
        <div className="ml-auto flex items-center gap-1 sm:gap-2">
          <LiveChip />
          <SearchButton />
          <HelpButton />
          <ThemeMenu />
        </div>
      </div>
    </header>
  );
}

function SearchButton() {
  const { show } = useOverlays();
  return (
    <Button
      aria-label="Search or run"
      aria-keyshortcuts={isMac ? "Meta+K" : "Control+K"}
      onClick={() => show("commands")}
      className="px-2 font-normal text-ink-muted md:w-52 md:justify-start"
    >
      <Search aria-hidden className="size-3.5" />
      <span className="hidden md:inline">Search or run…</span>
      <span className="ml-auto hidden md:inline">
        <Kbd>{isMac ? "⌘K" : "Ctrl K"}</Kbd>
      </span>
    </Button>
  );
}

function HelpButton() {
  const { show } = useOverlays();
  return (
    <Button
      tone="quiet"
      size="icon"
      aria-label="Keyboard shortcuts"
      title="Keyboard shortcuts (?)"
      onClick={() => show("help")}
      className="hidden sm:inline-flex"
    >
      <Keyboard aria-hidden className="size-4" />
    </Button>
  );
}
