/** The columns of a wide waterfall: the step, its bar, its duration. */
export const COLUMNS = "grid-cols-[minmax(15rem,38%)_minmax(0,1fr)_5.5rem] gap-x-3";
