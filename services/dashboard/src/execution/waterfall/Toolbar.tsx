import { ChevronDown, Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "../../components/Button";
import { cn } from "../../components/cn";
import { Kbd } from "../../components/Kbd";
import type { Go } from "../ExecutionPage";
import type { Filter } from "../model/rows";

const FILTERS: readonly { filter: Filter; hint: string }[] = [
  { filter: "all", hint: "Every step" },
  { filter: "failed", hint: "Steps that failed or could not be judged" },
  { filter: "slow", hint: "The slowest tenth of the steps" },
];

interface Props {
  filter: Filter;
  text: string;
  failures: number;
  go: Go;
  onFailure: () => void;
}

/** What of the steps is shown, and the way to the next failure. */
export function Toolbar({ filter, text, failures, go, onFailure }: Props) {
  return (
    <div className="flex flex-wrap items-center gap-2 py-3">
      <SearchBox label="Filter steps" value={text} onChange={(q) => go({ q: q || undefined })} />
      <fieldset className="flex rounded-md border p-0.5">
        <legend className="sr-only">Which steps are shown</legend>
        {FILTERS.map(({ filter: one, hint }) => (
          <button
            key={one}
            type="button"
            title={hint}
            aria-pressed={one === filter}
            onClick={() => go({ filter: one === "all" ? undefined : one })}
            className={cn(
              "h-7 rounded px-2.5 text-xs font-medium",
              one === filter ? "bg-selected text-ink" : "text-ink-muted hover:bg-hover hover:text-ink",
            )}
          >
            {one}
          </button>
        ))}
      </fieldset>
      {failures > 0 && (
        <Button tone="quiet" size="small" onClick={onFailure} className="ml-auto h-8">
          <ChevronDown aria-hidden className="size-3.5" />
          {failures === 1 ? "1 failure" : `Next of ${failures} failures`}
          <span aria-hidden className="max-sm:hidden">
            <Kbd>n</Kbd>
          </span>
        </Button>
      )}
    </div>
  );
}

const PAUSE_MS = 200;

/** A search box that tells what is typed when the typing pauses. */
export function SearchBox({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  const [typed, setTyped] = useState(value);
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => latest.current(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, value]);

  return (
    <div className="relative min-w-40 flex-1 sm:max-w-72">
      <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-ink-muted" />
      <input
        type="search"
        aria-label={label}
        placeholder={`${label}…`}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        className="h-8 w-full rounded-md border bg-raised pr-2 pl-8 text-[13px] placeholder:text-ink-muted"
      />
    </div>
  );
}
