import { useShortcut } from "../shell/shortcuts";

/** `j` and `k` move the focus from row to row; Enter follows the link that has it. */
export function useRowKeys(): void {
  useShortcut("j", "Next execution", () => move(1));
  useShortcut("k", "Previous execution", () => move(-1));
}

function move(by: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>("[data-row-link]")];
  const here = links.findIndex((link) => link === document.activeElement);
  const next = here === -1 ? links.at(by === 1 ? 0 : -1) : links[here + by];
  next?.focus({ preventScroll: true });
  next?.closest("tr, li")?.scrollIntoView({ block: "nearest" });
}
