import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./Button";
import { cn } from "./cn";

interface Props {
  title: string;
  description?: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Where the focus goes when it closes; to its trigger, if nothing is said. */
  onCloseAutoFocus?: (event: Event) => void;
  className?: string;
  children: ReactNode;
}

/** A dialog with a title; closes on Escape and gives the focus back. */
export function Dialog({ title, description, open, onOpenChange, onCloseAutoFocus, className, children }: Props) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Radix.Content
          {...(description ? {} : { "aria-describedby": undefined })}
          {...(onCloseAutoFocus && { onCloseAutoFocus })}
          className={cn(
            "fixed top-[12vh] left-1/2 z-50 max-h-[76vh] w-[min(36rem,calc(100vw-2rem))] -translate-x-1/2 overflow-auto",
            "rounded-xl border bg-raised p-5 shadow-float focus:outline-none",
            className,
          )}
        >
          <div className="mb-3 flex items-start justify-between gap-4">
            <div>
              <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
              {description && <Radix.Description className="mt-0.5 text-ink-muted">{description}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <Button tone="quiet" size="smallIcon" aria-label="Close" className="-mt-1 -mr-1">
                <X aria-hidden className="size-4" />
              </Button>
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
