import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { cn } from "../../components/cn";

const PART = 100;
const LONGEST_TEXT = 1_000;
const OPEN_DEPTH = 2;
const MOST_OPEN = 30;

interface Props {
  value: unknown;
  label: string;
  /** How deep it is open at first. */
  depth?: number;
}

/** A JSON value that opens part by part: what is shut is not drawn, and a long list comes a hundred at a time. */
export function JsonTree({ value, label, depth = OPEN_DEPTH }: Props) {
  if (!isNested(value)) return <Leaf value={value} />;
  return (
    <div role="group" aria-label={label} className="min-w-0 font-mono text-xs leading-6">
      <Members value={value} depth={depth} />
    </div>
  );
}

function Members({ value, depth }: { value: object; depth: number }) {
  const [shown, setShown] = useState(PART);
  const members = Object.entries(value);
  const listed = Array.isArray(value);
  return (
    <ul>
      {members.slice(0, shown).map(([name, member]) => (
        <Member key={name} name={name} index={listed} value={member} depth={depth} />
      ))}
      {members.length > shown && (
        <li>
          <button type="button" className="min-h-[24px] font-sans text-accent-ink underline underline-offset-2" onClick={() => setShown(shown + PART)}>
            {members.length - shown} more
          </button>
        </li>
      )}
    </ul>
  );
}

function Member({ name, index, value, depth }: { name: string; index: boolean; value: unknown; depth: number }) {
  const nested = isNested(value) && Object.keys(value).length > 0;
  const [open, setOpen] = useState(nested && depth > 0 && Object.keys(value).length <= MOST_OPEN);
  const title = <span className={index ? "text-ink-muted" : "text-accent-ink"}>{name}</span>;
  if (!nested) {
    return (
      <li className="pl-5 break-words">
        {title}
        <span className="text-ink-muted">: </span>
        <Leaf value={value} />
      </li>
    );
  }
  return (
    <li>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="flex min-h-[24px] max-w-full items-center gap-1 rounded text-left hover:bg-hover">
        <ChevronRight aria-hidden className={cn("size-3.5 shrink-0 text-ink-muted", open && "rotate-90")} />
        <span className="truncate">
          {title} <span className="text-ink-muted">{sizeOf(value)}</span>
        </span>
      </button>
      {open && (
        <div className="ml-[7px] border-l pl-2.5">
          <Members value={value} depth={depth - 1} />
        </div>
      )}
    </li>
  );
}

function Leaf({ value }: { value: unknown }) {
  const [all, setAll] = useState(false);
  if (isNested(value)) return <span className="font-mono text-xs text-ink-muted">{Array.isArray(value) ? "[]" : "{}"}</span>;
  if (typeof value !== "string") {
    return <span className="tabular font-mono text-xs text-running">{value === undefined ? "null" : JSON.stringify(value)}</span>;
  }
  const cut = !all && value.length > LONGEST_TEXT;
  return (
    <span className="font-mono text-xs break-words whitespace-pre-wrap text-ink">
      <span aria-hidden className="text-ink-muted">"</span>
      {cut ? value.slice(0, LONGEST_TEXT) : value}
      <span aria-hidden className="text-ink-muted">"</span>
      {cut && (
        <button type="button" className="ml-1 min-h-[24px] font-sans text-accent-ink underline underline-offset-2" onClick={() => setAll(true)}>
          show all {value.length.toLocaleString("en")} characters
        </button>
      )}
    </span>
  );
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function sizeOf(value: object): string {
  const count = Object.keys(value).length;
  return Array.isArray(value) ? `[${count}]` : `{${count}}`;
}
