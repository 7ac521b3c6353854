/** What an assertion that failed compared: the value it found and the one it was to find, each as it can be known. */
import type { AssertionOutcome } from "../contract";

export interface Side {
  /** As the flow has it. */
  readonly text: string;
  readonly known: boolean;
  readonly value: unknown;
}

export interface Comparison {
  /** As a sentence has it before the expected value: empty for `==`. */
  readonly operator: string;
  readonly actual: Side;
  readonly expected: Side;
}

const OPERATORS = ["==", "!=", "<=", ">=", "<", ">"] as const;
const WORDS = ["not in", "in", "contains", "startsWith", "endsWith", "matches"] as const;
const JOINTS = [" and ", " or ", " ? ", "??", "|", "&&", "||"] as const;

/** Return the comparison that an assertion consists of; null where it is none, or more than one. */
export function comparisonOf({ expression, operands }: AssertionOutcome): Comparison | null {
  const top = masked(expression);
  if (JOINTS.some((joint) => top.includes(joint)) || /^\s*not\s/.test(top)) return null;
  const found = split(top);
  if (found === null) return null;
  const left = sideOf(expression.slice(0, found.at), operands);
  const right = sideOf(expression.slice(found.at + found.length), operands);
  const swapped = isLiteral(left.text) && !isLiteral(right.text);
  const [actual, expected] = swapped ? [right, left] : [left, right];
  const operator = found.operator === "==" ? "" : swapped ? (MIRRORED[found.operator] ?? found.operator) : found.operator;
  return { operator, actual, expected };
}

const MIRRORED: Record<string, string> = { "<": ">", ">": "<", "<=": ">=", ">=": "<=" };

interface Found {
  operator: string;
  at: number;
  length: number;
}

function split(top: string): Found | null {
  const hits: Found[] = [];
  for (let at = 0; at < top.length; at += 1) {
    const operator = OPERATORS.find((one) => top.startsWith(one, at));
    if (operator !== undefined) {
      hits.push({ operator, at, length: operator.length });
      at += operator.length - 1;
      continue;
    }
    const word = WORDS.find((one) => top.startsWith(` ${one} `, at));
    if (word !== undefined) {
      hits.push({ operator: word, at, length: word.length + 2 });
      at += word.length;
    }
  }
  return hits.length === 1 ? (hits[0] ?? null) : null;
}

/** Return an expression with what stands in quotes and brackets blotted out, each character in its place. */
function masked(expression: string): string {
  let depth = 0;
  let quote = "";
  let escaped = false;
  return expression
    .split("")
    .map((character) => {
      if (quote !== "") {
        if (!escaped && character === quote) quote = "";
        escaped = !escaped && character === "\\";
        return "_";
      }
      if (character === '"' || character === "'" || character === "`") {
        quote = character;
        return "_";
      }
      if ("([{".includes(character)) depth += 1;
      if (")]}".includes(character)) {
        depth -= 1;
        return "_";
      }
      return depth > 0 ? "_" : character;
    })
    .join("");
}

function sideOf(written: string, operands: AssertionOutcome["operands"]): Side {
  const text = written.trim();
  const operand = operands.find((one) => one.text.trim() === text);
  if (operand !== undefined) return { text, known: true, value: operand.value };
  const literal = literalOf(text);
  return literal === undefined ? { text, known: false, value: undefined } : { text, known: true, value: literal.value };
}

function isLiteral(text: string): boolean {
  return literalOf(text) !== undefined;
}

function literalOf(text: string): { value: unknown } | undefined {
  if (text === "nil") return { value: null };
  const quoted = /^'([^'\\]*)'$/.exec(text);
  if (quoted) return { value: quoted[1] };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** The kinds of values, in the words that the engine's messages use. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nil";
  if (Array.isArray(value)) return "list";
  if (typeof value === "object") return "map";
  return typeof value;
}
