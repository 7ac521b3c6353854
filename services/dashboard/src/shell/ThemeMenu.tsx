import { Check, Monitor, Moon, Sun } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { Button } from "../components/Button";
import { type Theme, useTheme } from "./theme";

const CHOICES: { theme: Theme; word: string; icon: typeof Sun }[] = [
  { theme: "light", word: "Light", icon: Sun },
  { theme: "dark", word: "Dark", icon: Moon },
  { theme: "system", word: "System", icon: Monitor },
];

/** Light, dark, or as the system is; loaded after the page is there. */
export default function ThemeMenu() {
  const [theme, choose] = useTheme();
  const Shown = CHOICES.find((choice) => choice.theme === theme)?.icon ?? Monitor;
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>
        <Button tone="quiet" size="icon" aria-label={`Theme: ${theme}`}>
          <Shown aria-hidden className="size-4" />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={6}
          className="z-50 min-w-36 rounded-lg border bg-raised p-1 shadow-float"
        >
          <DropdownMenu.RadioGroup value={theme} onValueChange={(value) => choose(value as Theme)}>
            {CHOICES.map(({ theme: value, word, icon: Icon }) => (
              <DropdownMenu.RadioItem
                key={value}
                value={value}
                className="flex h-8 cursor-pointer items-center gap-2 rounded-md px-2 text-[13px] outline-none data-highlighted:bg-hover"
              >
                <Icon aria-hidden className="size-4 text-ink-muted" />
                {word}
                <DropdownMenu.ItemIndicator className="ml-auto">
                  <Check aria-hidden className="size-4" />
                </DropdownMenu.ItemIndicator>
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
