import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "./cn";

const look = cva(
  "inline-flex items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap transition-colors disabled:opacity-50",
  {
    variants: {
      tone: {
        primary: "bg-accent text-on-accent hover:brightness-110",
        plain: "border bg-raised text-ink hover:bg-hover",
        quiet: "text-ink-muted hover:bg-hover hover:text-ink",
        danger: "border bg-raised text-failed hover:bg-failed-wash",
      },
      size: { small: "h-7 px-2 text-xs", medium: "h-8 px-3 text-[13px]", icon: "size-8", smallIcon: "size-7" },
    },
    defaultVariants: { tone: "plain", size: "medium" },
  },
);

export type ButtonProps = ComponentProps<"button"> & VariantProps<typeof look>;

export function Button({ tone, size, className, type = "button", ...rest }: ButtonProps) {
  // oxlint-disable-next-line react/button-has-type -- the type is one of React's three
  return <button type={type} className={cn(look({ tone, size }), className)} {...rest} />;
}
