import { X } from "lucide-react";
import { Tabs } from "radix-ui";
import { Button } from "../../components/Button";
import { cn } from "../../components/cn";
import { CopyButton } from "../../components/CopyButton";
import { lazyPart } from "../../components/lazyPart";
import { Skeleton } from "../../components/Skeleton";
import type { Go } from "../ExecutionPage";
import { lookOf } from "../look";
import { isTerminal, type State, type Step } from "../model/state";
import type { Node } from "../model/tree";
import { Repetition } from "../Repetition";
import { PANEL_TABS, type PanelTab } from "../search";
import { TAB, TAB_LIST } from "../tabs";
import { Artifacts } from "./Artifacts";
import { Assertions } from "./Assertions";
import { Attempts } from "./Attempts";
import { Payload } from "./Payload";
import { Summary } from "./Summary";

const LogsView = lazyPart(() => import("../logs/LogsView"), { waiting: <Skeleton className="h-40" /> });

interface Props {
  node: Node;
  state: State;
  run: number;
  tab: PanelTab | undefined;
  go: Go;
  /** How high it may be; as high as it is where it stands below the steps. */
  room: string | undefined;
  onClose: () => void;
}

/** The step that is open: what it sent, received, asserted, tried, logged and left. */
export function StepPanel({ node, state, run, tab = "summary", go, room, onClose }: Props) {
  const { step } = node;
  const { word, icon: Icon, ink, wash } = lookOf(node.status);
  return (
    <section aria-label={`Step ${node.name}`} className="min-w-0 overflow-hidden rounded-lg border bg-raised xl:flex xl:flex-col" style={{ maxHeight: room }}>
      <div className="flex items-start gap-2 px-4 pt-3">
        <div className="min-w-0 flex-1">
          <h2 className="flex flex-wrap items-center gap-x-2 gap-y-1 font-semibold">
            <span className={cn("inline-flex h-6 items-center gap-1.5 rounded-md px-2 text-xs font-medium", ink, wash)}>
              <Icon aria-hidden className={cn("size-3.5", node.status === "running" && "animate-spin")} strokeWidth={2.5} /> {word}
            </span>
            <span className="min-w-0 break-words">{node.name}</span>
            <Repetition node={node} />
          </h2>
          <p className="mt-0.5 flex items-center font-mono text-xs text-ink-muted">
            <span className="min-w-0 truncate">
              {node.action} · {node.key}
            </span>
            <CopyButton text={node.key} label="Copy the step's path" />
          </p>
        </div>
        <Button tone="quiet" size="smallIcon" aria-label="Close the step" onClick={onClose}>
          <X aria-hidden className="size-4" />
        </Button>
      </div>
      <Tabs.Root
        value={tab}
        onValueChange={(to) => go({ panel: to === "summary" ? undefined : (to as PanelTab), step: node.key })}
        className="flex min-h-0 flex-1 flex-col"
      >
        <Tabs.List aria-label="Parts of the step" className={cn(TAB_LIST, "shrink-0 px-2")}>
          {PANEL_TABS.map((one) => (
            <Tabs.Trigger key={one} value={one} className={cn(TAB, "px-2")}>
              {titleOf(one, step)}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <div className="min-h-0 flex-1 overflow-y-auto" data-panel-body>
          <Part tab="summary">
            <Summary node={node} />
          </Part>
          <Part tab="input">
            <Payload value={step?.input} label="the step's input" empty="The step has sent nothing, or has not ended yet." />
          </Part>
          <Part tab="output">
            <Payload value={step?.output} label="the step's output" empty="The step has received nothing, or has not ended yet." />
          </Part>
          <Part tab="assertions">
            <Assertions step={step} />
          </Part>
          <Part tab="attempts">
            <Attempts step={step} />
          </Part>
          <Part tab="logs">
            <LogsView id={state.head.id} ended={isTerminal(state.head.status)} filter={{ level: "debug", step: node.key, text: "" }} run={run} compact />
          </Part>
          <Part tab="artifacts">
            <Artifacts id={state.head.id} run={run} path={node.key} ended={isTerminal(state.head.status)} />
          </Part>
        </div>
      </Tabs.Root>
    </section>
  );
}

function Part({ tab, children }: { tab: PanelTab; children: React.ReactNode }) {
  return (
    <Tabs.Content value={tab} className="p-4 focus-visible:-outline-offset-2">
      {children}
    </Tabs.Content>
  );
}

function titleOf(tab: PanelTab, step: Step | null): string {
  const name = tab[0]?.toUpperCase() + tab.slice(1);
  if (tab === "assertions" && step && step.assertions.length > 0) {
    return `${name} ${step.assertions.filter((outcome) => outcome.holds).length}/${step.assertions.length}`;
  }
  if (tab === "attempts" && step && step.retry_count > 0) return `${name} ${step.retry_count + 1}`;
  return name;
}
