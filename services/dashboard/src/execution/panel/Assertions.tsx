import { Check, X } from "lucide-react";
import type { AssertionOutcome } from "../contract";
import type { Step } from "../model/state";
import { type Comparison, comparisonOf, kindOf, type Side } from "./comparison";
import { changesOf } from "./difference";
import { Difference } from "./Difference";
import { JsonTree } from "./JsonTree";

const LONGEST_INLINE = 120;
/** What the engine adds where two values are of different kinds; shown with the kinds themselves. */
const TYPES = "the types differ";

/** Every assertion of a step and how it came out: those that do not hold first. */
export function Assertions({ step }: { step: Step | null }) {
  const outcomes = step?.assertions ?? [];
  if (outcomes.length === 0) {
    return <p className="text-[13px] text-ink-muted">No assertion of this step was judged.</p>;
  }
  return (
    <div className="space-y-3">
      {outcomes.filter((outcome) => !outcome.holds).map((outcome, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- a step that ended keeps its assertions in their order
        <FailedAssertion key={at} outcome={outcome} />
      ))}
      <ul className="divide-y rounded-md border empty:hidden">
        {outcomes.filter((outcome) => outcome.holds).map((outcome, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- as above
          <li key={at} className="flex items-start gap-2 px-3 py-2">
            <Check aria-hidden className="mt-0.5 size-3.5 shrink-0 text-passed" strokeWidth={2.5} />
            <span className="sr-only">holds: </span>
            <code className="min-w-0 flex-1 font-mono text-xs break-words">{outcome.expression}</code>
            <Place outcome={outcome} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** An assertion that does not hold: what was found, what was to be found, where they differ. */
export function FailedAssertion({ outcome }: { outcome: AssertionOutcome }) {
  const comparison = outcome.error ? null : comparisonOf(outcome);
  const compared = comparison ? [comparison.actual.text, comparison.expected.text] : [];
  const operands = outcome.operands.filter((operand) => !compared.includes(operand.text));
  const inline = comparison !== null && isShort(comparison.actual) && isShort(comparison.expected);
  const typesAlone = inline && changesOf(outcome.difference).every((told) => typeof told !== "string" && told.note === TYPES);
  const lines = typesAlone ? [] : outcome.difference;
  return (
    <article className="overflow-hidden rounded-md border border-failed-fill/40" data-assertion="failed">
      <header className="flex items-start gap-2 bg-failed-wash px-3 py-2">
        <X aria-hidden className="mt-0.5 size-3.5 shrink-0 text-failed" strokeWidth={2.5} />
        <span className="sr-only">does not hold: </span>
        <code className="min-w-0 flex-1 font-mono text-xs font-medium break-words">{outcome.expression}</code>
        <Place outcome={outcome} />
      </header>
      <div className="space-y-2.5 px-3 py-2.5 empty:hidden">
        {outcome.message && <p className="text-[13px] break-words">{outcome.message}</p>}
        {outcome.error && <p className="text-[13px] break-words text-failed">{outcome.error}</p>}
        {comparison && inline && (
          <Compared {...comparison} note={typesAlone && outcome.difference.length > 0 ? TYPES : null} />
        )}
        {lines.length > 0 && <Difference lines={lines} />}
        {comparison && !inline && <Large sides={{ actual: comparison.actual, expected: comparison.expected }} />}
        {operands.length > 0 && (
          <dl className="space-y-1 border-t pt-2 first:border-0 first:pt-0">
            {operands.map((operand) => (
              <div key={operand.text} className="text-xs">
                <dt className="font-mono break-words text-ink-muted">
                  {operand.text} <span className="font-sans">({kindOf(operand.value)})</span>
                </dt>
                <dd className="min-w-0">
                  <JsonTree value={operand.value} label={`value of ${operand.text}`} depth={1} />
                </dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </article>
  );
}

interface ComparedProps extends Comparison {
  note: string | null;
}

function Compared({ operator, actual, expected, note }: ComparedProps) {
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-[13px]">
      <dt className="text-ink-muted">expected</dt>
      <dd className="min-w-0 font-mono text-xs leading-5 break-words text-passed">
        {operator && <span className="text-ink-muted">{operator} </span>}
        <Value side={expected} />
      </dd>
      <dt className="text-ink-muted">actual</dt>
      <dd className="min-w-0 font-mono text-xs leading-5 break-words text-failed">
        <Value side={actual} />
      </dd>
      {note && <dd className="col-start-2 text-xs text-ink-soft">{note}</dd>}
    </dl>
  );
}

function Value({ side }: { side: Side }) {
  if (!side.known) return <>{side.text}</>;
  return (
    <>
      {written(side)} <span className="font-sans text-ink-muted">({kindOf(side.value)})</span>
    </>
  );
}

/** A number is shown as the flow has it: 129.90 does not become 129.9. */
function written({ text, value }: Side): string {
  return typeof value === "number" && Number(text) === value ? text : JSON.stringify(value);
}

function isShort(side: Side): boolean {
  return !side.known || (kindOf(side.value) !== "map" && written(side).length <= LONGEST_INLINE);
}

function Large({ sides }: { sides: { actual: Side; expected: Side } }) {
  return (
    <div className="space-y-1.5 text-xs">
      {Object.entries(sides).map(([name, side]) => (
        <div key={name}>
          <p className="font-sans text-ink-muted">{name}</p>
          {side.known ? <JsonTree value={side.value} label={`${name} value`} depth={1} /> : <code className="font-mono break-words">{side.text}</code>}
        </div>
      ))}
    </div>
  );
}

function Place({ outcome }: { outcome: AssertionOutcome }) {
  if (outcome.line == null) return null;
  return (
    <span className="tabular mt-px shrink-0 font-mono text-xs text-ink-soft" title="Line and column in the flow">
      {outcome.line}:{outcome.column ?? 1}
    </span>
  );
}
