import { Command } from "cmdk";
import { type LucideIcon, Search } from "lucide-react";
import type { ReactNode } from "react";
import { Kbd } from "../components/Kbd";

export function PaletteInput({
  text,
  onText,
  hint,
}: {
  text: string;
  onText: (text: string) => void;
  hint: string;
}) {
  return (
    <div className="flex items-center gap-2.5 border-b px-4">
      <Search aria-hidden className="size-4 shrink-0 text-ink-muted" />
      <Command.Input
        value={text}
        onValueChange={onText}
        placeholder={hint}
        className="h-12 w-full bg-transparent text-[15px] outline-none placeholder:text-ink-muted"
      />
    </div>
  );
}

export function Choices({ empty, children }: { empty: ReactNode; children: ReactNode }) {
  return (
    <Command.List className="max-h-[min(24rem,60vh)] overflow-y-auto p-1.5">
      <Command.Empty className="px-3 py-6 text-center text-ink-muted">{empty}</Command.Empty>
      {children}
    </Command.List>
  );
}

interface ChoiceProps {
  /** What it is found by. */
  value: string;
  icon: LucideIcon;
  keys?: string;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

export function Choice({ value, icon: Icon, keys, disabled = false, onSelect, children }: ChoiceProps) {
  return (
    <Command.Item
      value={value}
      disabled={disabled}
      onSelect={onSelect}
      className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1.5 text-[13px] data-[disabled=true]:opacity-50 data-[selected=true]:bg-selected"
    >
      <Icon aria-hidden className="size-4 shrink-0 text-ink-muted" />
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {keys?.split(" ").map((key) => (
        <Kbd key={key}>{key}</Kbd>
      ))}
    </Command.Item>
  );
}
