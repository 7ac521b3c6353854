import type { FlowSummary } from "../api/types";

/** Return the flows that have each word in their name, suite or tags; `run` before them says no more than what is done. */
export function matching<T extends Pick<FlowSummary, "name" | "suite" | "tags">>(flows: readonly T[], text: string): T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words[0] === "run") words.shift();
  if (words.length === 0) return [];
  return flows.filter(({ name, suite, tags }) => {
    const known = [name, suite ?? "", ...tags].join(" ").toLowerCase();
    return words.every((word) => known.includes(word));
  });
}
