import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Check, ChevronDown, Workflow, X } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";
import { flowsQuery } from "../api/flows";
import { Button } from "../components/Button";
import { shortId } from "../components/format";
import { useShortcut } from "../shell/shortcuts";
import type { ListSearch } from "./search";

/** Of which flow executions are shown. */
export function FlowFilter({ search }: { search: ListSearch }) {
  const [isOpen, setOpen] = useState(false);
  const flows = useQuery({ ...flowsQuery, enabled: isOpen || search.flow !== undefined });
  const navigate = useNavigate({ from: "/executions" });
  const chosen = flows.data?.find((flow) => flow.id === search.flow);
  const name = search.flow === undefined ? "all flows" : (chosen?.name ?? `flow ${shortId(search.flow)}`);
  useShortcut("/", "Filter by flow", () => setOpen(true));

  function choose(flow: string | undefined) {
    setOpen(false);
    void navigate({ search: { status: search.status, flow, limit: search.limit } });
  }

  return (
    <div className="flex items-center">
      <Popover.Root open={isOpen} onOpenChange={setOpen}>
        <Popover.Trigger asChild>
          <Button size="small" aria-label={`Flow: ${name}`} className="max-w-64 text-[13px] font-medium">
            <Workflow aria-hidden className="size-3.5 text-ink-muted" />
            <span className="truncate">{name}</span>
            <ChevronDown aria-hidden className="size-3.5 text-ink-muted" />
          </Button>
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content
            align="start"
            sideOffset={4}
            aria-label="Choose a flow"
            className="z-40 w-72 overflow-hidden rounded-lg border bg-raised shadow-float"
          >
            <Command label="Flows" loop>
              <Command.Input
                placeholder="Find a flow"
                className="h-10 w-full border-b bg-transparent px-3 text-[13px] outline-none placeholder:text-ink-muted"
              />
              <Command.List className="max-h-72 overflow-y-auto p-1">
                <Command.Empty className="px-3 py-5 text-center text-ink-muted">
                  {flows.isPending ? "Loading…" : "No flow is called that."}
                </Command.Empty>
                <Option name="all flows" isChosen={search.flow === undefined} onSelect={() => choose(undefined)} />
                {flows.data?.map((flow) => (
                  <Option
                    key={flow.id}
                    name={flow.name}
                    isChosen={flow.id === search.flow}
                    onSelect={() => choose(flow.id)}
                  />
                ))}
              </Command.List>
            </Command>
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
      {search.flow !== undefined && (
        <Button tone="quiet" size="smallIcon" aria-label="Show all flows" onClick={() => choose(undefined)}>
          <X aria-hidden className="size-3.5" />
        </Button>
      )}
    </div>
  );
}

function Option({ name, isChosen, onSelect }: { name: string; isChosen: boolean; onSelect: () => void }) {
  return (
    <Command.Item
      value={name}
      onSelect={onSelect}
      className="flex h-8 cursor-pointer items-center justify-between rounded-md px-2 text-[13px] data-[selected=true]:bg-selected"
    >
      <span className="truncate">{name}</span>
      {isChosen && <Check aria-label="chosen" className="size-4" />}
    </Command.Item>
  );
}
