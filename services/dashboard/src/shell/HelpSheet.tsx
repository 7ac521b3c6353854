import { Switch } from "radix-ui";
import { Dialog } from "../components/Dialog";
import { Kbd } from "../components/Kbd";
import { useOverlays } from "./overlays";
import { useShortcuts } from "./shortcuts";

const ALWAYS = [
  { keys: "Ctrl K", label: "Search or run (⌘K on a Mac)" },
  { keys: "Esc", label: "Close what lies over the page" },
];

/** The keys that do something on the page that is shown, and the switch that turns them off. */
export default function HelpSheet() {
  const { show, giveBack } = useOverlays();
  const { all, enabled, enable } = useShortcuts();
  const byKeys = new Map(all.map((shortcut) => [shortcut.keys, shortcut.label]));
  return (
    <Dialog title="Keyboard shortcuts" open onOpenChange={() => show(null)} onCloseAutoFocus={giveBack}>
      <dl className="grid grid-cols-[max-content_1fr] items-center gap-x-6 gap-y-2">
        {ALWAYS.map(({ keys, label }) => (
          <Line key={keys} keys={keys.split(" ")} label={label} />
        ))}
        {[...byKeys].map(([keys, label]) => (
          <Line key={keys} keys={keys.split(" ")} label={label} dimmed={!enabled} />
        ))}
      </dl>
      <div className="mt-5 flex items-center justify-between gap-4 border-t pt-4">
        <label htmlFor="single-keys">
          <span className="font-medium">Single-key shortcuts</span>
          <span className="block text-xs text-ink-muted">Off while you write, and behind dialogs, in any case.</span>
        </label>
        <Switch.Root
          id="single-keys"
          checked={enabled}
          onCheckedChange={enable}
          className="h-6 w-10 shrink-0 cursor-pointer rounded-full border border-line-strong bg-sunken p-0.5 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
        >
          <Switch.Thumb className="block size-4.5 rounded-full bg-ink-muted transition-transform data-[state=checked]:translate-x-4 data-[state=checked]:bg-white" />
        </Switch.Root>
      </div>
    </Dialog>
  );
}

function Line({ keys, label, dimmed = false }: { keys: string[]; label: string; dimmed?: boolean }) {
  return (
    <>
      <dt className="flex gap-1">
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </dt>
      <dd className={dimmed ? "text-ink-muted line-through" : "text-ink-soft"}>{label}</dd>
    </>
  );
}
