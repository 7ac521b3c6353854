import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { toast } from "./toast";
import { Button } from "./Button";

/** Puts a text on the clipboard, and says that it is there. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      toast.error("The browser does not let this page write to the clipboard.");
      return;
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  }

  const Icon = copied ? Check : Copy;
  return (
    <Button tone="quiet" size="smallIcon" aria-label={copied ? "Copied" : label} title={label} onClick={copy}>
      <Icon aria-hidden className="size-3.5" />
    </Button>
  );
}
