import { changeOf } from "./difference";

/** Where two values differ, as a diff: what was expected is missing (-), what is there instead (+). */
export function Difference({ lines }: { lines: readonly string[] }) {
  return (
    <div className="overflow-hidden rounded border font-mono text-xs leading-5">
      {lines.map((line, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- the lines of a step that ended stay as they are
        <Line key={at} line={line} />
      ))}
    </div>
  );
}

function Line({ line }: { line: string }) {
  const change = changeOf(line);
  if (change === null) return <p className="px-2 py-0.5 font-sans text-ink-muted">{line}</p>;
  const head = [change.place, change.note].filter(Boolean).join(" · ");
  return (
    <div className="border-b last:border-0">
      {head && <p className="bg-sunken px-2 py-0.5 break-words text-ink-soft">{head}</p>}
      <Side word="expected" value={change.expected} absent="nothing here" className="bg-passed-wash text-passed before:content-['−']" />
      <Side word="actual" value={change.is} absent="missing" className="bg-failed-wash text-failed before:content-['+']" />
    </div>
  );
}

interface SideProps {
  word: string;
  value: string | null;
  absent: string;
  className: string;
}

function Side({ word, value, absent, className }: SideProps) {
  return (
    <p className={`flex gap-2 px-2 py-0.5 ${className}`}>
      <span className="w-16 shrink-0 font-sans">{word}</span>
      <span className="min-w-0 break-words whitespace-pre-wrap">{value ?? <em>{absent}</em>}</span>
    </p>
  );
}
