import { type ReactNode, useEffect } from "react";
import { cn } from "./cn";

interface Props {
  /** Of the window too. */
  title: string;
  children?: ReactNode;
  className?: string;
}

/** The one h1 of a page: the shell gives it the focus when the page is come to, so that it is read out. */
export function PageHeading({ title, children, className }: Props) {
  useEffect(() => {
    document.title = `${title} · TestMesh`;
  }, [title]);

  return (
    <h1 tabIndex={-1} className={cn("text-lg font-semibold tracking-tight", className)}>
      {children ?? title}
    </h1>
  );
}
