import { useMemo, useState } from "react";
import { Button } from "../../components/Button";
import { CopyButton } from "../../components/CopyButton";
import { JsonTree } from "./JsonTree";

const LONGEST = 20_000;

/** A value as a tree, or as text; whole on the clipboard either way. */
export function Payload({ value, label, empty }: { value: unknown; label: string; empty: string }) {
  const [raw, setRaw] = useState(false);
  const [all, setAll] = useState(false);
  const text = useMemo(() => (typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "")), [value]);
  if (isNothing(value)) return <p className="text-[13px] text-ink-muted">{empty}</p>;
  const cut = raw && !all && text.length > LONGEST;
  return (
    <div className="min-w-0">
      <div className="mb-2 flex items-center gap-1">
        <Button size="small" tone={raw ? "quiet" : "plain"} aria-pressed={!raw} onClick={() => setRaw(false)}>
          Tree
        </Button>
        <Button size="small" tone={raw ? "plain" : "quiet"} aria-pressed={raw} onClick={() => setRaw(true)}>
          Text
        </Button>
        <span className="ml-auto">
          <CopyButton text={text} label={`Copy ${label}`} />
        </span>
      </div>
      {raw ? (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must get there
        <pre tabIndex={0} aria-label={label} className="max-h-[60dvh] overflow-auto rounded-md border bg-sunken p-3 font-mono text-xs leading-5 break-words whitespace-pre-wrap">
          {cut ? `${text.slice(0, LONGEST)}…` : text}
        </pre>
      ) : (
        <JsonTree value={value} label={label} />
      )}
      {cut && (
        <Button size="small" className="mt-2" onClick={() => setAll(true)}>
          Show all {text.length.toLocaleString("en")} characters
        </Button>
      )}
    </div>
  );
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === "object" && Object.keys(value).length === 0);
}
