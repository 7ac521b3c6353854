import { changesOf, type Change, type Remark } from "./difference";

/** Where two values differ, as a diff: what was expected is missing (-), what is there instead (+). */
export function Difference({ lines }: { lines: readonly string[] }) {
  return (
    <div className="overflow-hidden rounded border font-mono text-xs leading-5">
      {changesOf(lines).map((told, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- the lines of a step that ended stay as they are
        <Told key={at} told={told} />
      ))}
    </div>
  );
}

function Told({ told }: { told: Change | Remark }) {
  if (typeof told === "string") return <p className="px-2 py-0.5 font-sans text-ink-muted">{told}</p>;
  const { place, note, is, expected, parts } = told;
  const head = [place, note].filter(Boolean).join(" · ");
  return (
    <div className="border-b last:border-0">
      {head && <p className="bg-sunken px-2 py-0.5 break-words text-ink-soft">{head}</p>}
      <Side word="expected" value={expected} at={parts?.[1]} absent="nothing here" className="bg-passed-wash text-passed before:content-['−']" />
      <Side word="actual" value={is} at={parts?.[0]} absent="missing" className="bg-failed-wash text-failed before:content-['+']" />
    </div>
  );
}

interface SideProps {
  word: string;
  value: string | null;
  at?: number;
  absent: string;
  className: string;
}

function Side({ word, value, at, absent, className }: SideProps) {
  return (
    <p className={`flex gap-2 px-2 py-0.5 ${className}`}>
      <span className="w-16 shrink-0 font-sans">{word}</span>
      <span className="min-w-0 break-words whitespace-pre-wrap">
        {value === null ? <em>{absent}</em> : <Marked value={value} at={at} />}
      </span>
    </p>
  );
}

/** A value, with the character underlined from which on it differs. */
function Marked({ value, at }: { value: string; at?: number }) {
  if (at === undefined) return value;
  const [character = ""] = value.slice(at);
  return (
    <>
      {value.slice(0, at)}
      <mark className="bg-transparent font-bold text-inherit underline decoration-2 underline-offset-2">{character}</mark>
      {value.slice(at + character.length)}
    </>
  );
}
