/** A row shows that its link has the focus, and comes into view below what stays at the top. */
export const FOCUSED =
  "scroll-mt-44 scroll-mb-4 has-[[data-row-link]:focus-visible]:bg-hover has-[[data-row-link]:focus-visible]:outline-2 " +
  "has-[[data-row-link]:focus-visible]:-outline-offset-2 has-[[data-row-link]:focus-visible]:outline-focus";

/** From this width on the list is a table; its columns for details come with more room. */
export const WIDE = "(min-width: 900px)";
