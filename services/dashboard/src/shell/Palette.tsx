import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { BookOpen, Keyboard, ListChecks, Play, SquareArrowOutUpRight, SunMoon } from "lucide-react";
import { Dialog } from "radix-ui";
import { useState } from "react";
import type { FlowSummary } from "../api/types";
import { EnvironmentChoice, FlowChoice, FlowsFound } from "./FlowChoice";
import { useOverlays } from "./overlays";
import { Choice, Choices, PaletteInput } from "./PaletteParts";
import { oppositeTheme, useTheme } from "./theme";
import { useRunFlow } from "./useRunFlow";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Page = { name: "commands" } | { name: "flows" } | { name: "environments"; flow: FlowSummary };

/** The commands of the app, found by typing; and its way to run a flow: which one, and in what environment. */
export default function Palette() {
  const { shown, show, giveBack } = useOverlays();
  const [page, setPage] = useState<Page>(shown === "run" ? { name: "flows" } : { name: "commands" });
  const [text, setText] = useState("");
  const run = useRunFlow();

  function turnTo(next: Page) {
    setText("");
    setPage(next);
  }

  function chooseFlow(flow: FlowSummary, hasEnvironments: boolean) {
    if (hasEnvironments) turnTo({ name: "environments", flow });
    else run(flow, null);
  }

  const titles = { commands: "Search or run", flows: "Run a flow", environments: "Choose an environment" };
  return (
    <Dialog.Root open onOpenChange={() => show(null)}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Dialog.Content
          aria-describedby={undefined}
          onCloseAutoFocus={giveBack}
          onEscapeKeyDown={(event) => {
            if (page.name === "commands" || (page.name === "flows" && shown === "run")) return;
            event.preventDefault();
            turnTo(page.name === "environments" ? { name: "flows" } : { name: "commands" });
          }}
          className="fixed top-[12vh] left-1/2 z-50 w-[min(36rem,calc(100vw-1.5rem))] -translate-x-1/2 overflow-hidden rounded-xl border bg-raised shadow-float focus:outline-none"
        >
          <Dialog.Title className="sr-only">{titles[page.name]}</Dialog.Title>
          <Command label={titles[page.name]} key={page.name} loop>
            {page.name === "commands" && (
              <Commands text={text} onText={setText} onRun={() => turnTo({ name: "flows" })} onChoose={chooseFlow} />
            )}
            {page.name === "flows" && <FlowChoice text={text} onText={setText} onChoose={chooseFlow} />}
            {page.name === "environments" && (
              <EnvironmentChoice
                flow={page.flow}
                text={text}
                onText={setText}
                onChoose={(environment) => run(page.flow, environment)}
              />
            )}
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface CommandsProps {
  text: string;
  onText: (text: string) => void;
  onRun: () => void;
  onChoose: (flow: FlowSummary, hasEnvironments: boolean) => void;
}

function Commands({ text, onText, onRun, onChoose }: CommandsProps) {
  const { show } = useOverlays();
  const [, chooseTheme] = useTheme();
  const navigate = useNavigate();
  const id = text.trim();

  function go(action: () => void) {
    show(null);
    action();
  }

  return (
    <>
      <PaletteInput text={text} onText={onText} hint="Type a command, or paste an execution's id" />
      <Choices empty="Nothing is called that. An execution is opened by its whole id.">
        {UUID.test(id) && (
          <Choice
            value={id}
            icon={SquareArrowOutUpRight}
            onSelect={() => go(() => void navigate({ to: "/executions/$id", params: { id: id.toLowerCase() } }))}
          >
            Open execution <span className="font-mono text-xs">{id}</span>
          </Choice>
        )}
        <Choice value="run a flow start execution" icon={Play} keys="r" onSelect={onRun}>
          Run a flow…
        </Choice>
        <Choice
          value="go to executions list"
          icon={ListChecks}
          keys="g e"
          onSelect={() => go(() => void navigate({ to: "/executions" }))}
        >
          Go to the executions
        </Choice>
        <Choice
          value="toggle theme dark light"
          icon={SunMoon}
          onSelect={() => go(() => chooseTheme(oppositeTheme()))}
        >
          Toggle light and dark
        </Choice>
        <Choice value="keyboard shortcuts help" icon={Keyboard} keys="?" onSelect={() => show("help")}>
          Keyboard shortcuts
        </Choice>
        <Choice
          value="api reference docs openapi"
          icon={BookOpen}
          onSelect={() => go(() => window.open("/docs", "_blank", "noopener"))}
        >
          API reference
        </Choice>
        <FlowsFound text={text} onChoose={onChoose} />
      </Choices>
    </>
  );
}
