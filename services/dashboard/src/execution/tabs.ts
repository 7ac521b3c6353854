/** How tabs look, on the page and in the step's panel. */
export const TAB_LIST = "flex gap-1 overflow-x-auto border-b [scrollbar-width:none]";
export const TAB =
  "-mb-px h-9 shrink-0 border-b-2 border-transparent px-3 text-[13px] font-medium text-ink-muted hover:text-ink " +
  "data-[state=active]:border-accent data-[state=active]:text-ink focus-visible:-outline-offset-2";
