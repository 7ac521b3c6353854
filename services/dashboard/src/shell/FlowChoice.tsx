import { useQuery } from "@tanstack/react-query";
import { Globe, Workflow } from "lucide-react";
import { environmentsQuery, flowsQuery } from "../api/flows";
import type { FlowSummary } from "../api/types";
import { ErrorCard } from "../components/ErrorCard";
import { Skeleton } from "../components/Skeleton";
import { matching } from "./matching";
import { Choice, Choices, PaletteInput } from "./PaletteParts";

/** Flows that the list of all commands shows at most. */
const MOST_FOUND = 10;

interface Typed {
  text: string;
  onText: (text: string) => void;
}

/** Which flow to run. */
export function FlowChoice({
  text,
  onText,
  onChoose,
}: Typed & { onChoose: (flow: FlowSummary, hasEnvironments: boolean) => void }) {
  const flows = useQuery(flowsQuery);
  const environments = useQuery(environmentsQuery);
  const isLoading = flows.isPending || environments.isPending;

  return (
    <>
      <PaletteInput text={text} onText={onText} hint="Which flow shall run?" />
      {isLoading && <Waiting />}
      {flows.isError && (
        <div className="p-3">
          <ErrorCard error={flows.error} onRetry={() => void flows.refetch()} />
        </div>
      )}
      {!isLoading && flows.isSuccess && (
        <Choices
          empty={
            flows.data.length === 0 ? (
              <>
                There is no flow on this server yet. Bring one:
                <code className="mt-2 block font-mono text-xs text-ink">testmesh run --remote FLOW.yaml</code>
              </>
            ) : (
              "No flow is called that."
            )
          }
        >
          {flows.data.map((flow) => (
            <Choice
              key={flow.id}
              value={`${flow.name} ${flow.suite ?? ""} ${flow.tags.join(" ")} ${flow.id}`}
              icon={Workflow}
              onSelect={() => onChoose(flow, (environments.data?.length ?? 0) > 0)}
            >
              {flow.name}
              <span className="ml-2 text-xs text-ink-muted">
                v{flow.version}
                {flow.tags.length > 0 && ` · ${flow.tags.join(", ")}`}
              </span>
            </Choice>
          ))}
        </Choices>
      )}
    </>
  );
}

/** The flows that are called what was typed among all commands. */
export function FlowsFound({ text, onChoose }: { text: string; onChoose: (flow: FlowSummary, hasEnvironments: boolean) => void }) {
  const flows = useQuery(flowsQuery);
  const environments = useQuery(environmentsQuery);
  if (text.trim() === "" || environments.isPending) return null;
  return matching(flows.data ?? [], text).slice(0, MOST_FOUND).map((flow) => (
    <Choice
      key={flow.id}
      value={`run ${flow.name} ${flow.tags.join(" ")} ${flow.id}`}
      icon={Workflow}
      onSelect={() => onChoose(flow, (environments.data?.length ?? 0) > 0)}
    >
      Run {flow.name}
      <span className="ml-2 text-xs text-ink-muted">v{flow.version}</span>
    </Choice>
  ));
}

/** In what environment a flow shall run; the first choice is the flow's own. */
export function EnvironmentChoice({
  flow,
  text,
  onText,
  onChoose,
}: Typed & { flow: FlowSummary; onChoose: (environment: string | null) => void }) {
  const environments = useQuery(environmentsQuery);
  return (
    <>
      <PaletteInput text={text} onText={onText} hint={`In what environment shall ${flow.name} run?`} />
      <Choices empty="No environment is called that.">
        <Choice value="default no environment" icon={Globe} onSelect={() => onChoose(null)}>
          {flow.environment ? `${flow.environment}, as the flow says` : "None"}
        </Choice>
        {environments.data
          ?.filter((environment) => environment.name !== flow.environment)
          .map((environment) => (
            <Choice
              key={environment.id}
              value={environment.name}
              icon={Globe}
              onSelect={() => onChoose(environment.name)}
            >
              {environment.name}
              {environment.description && (
                <span className="ml-2 text-xs text-ink-muted">{environment.description}</span>
              )}
            </Choice>
          ))}
      </Choices>
    </>
  );
}

function Waiting() {
  return (
    <div role="status" aria-label="The flows are on their way" className="flex flex-col gap-3 p-4">
      <Skeleton className="h-4 w-2/3" />
      <Skeleton className="h-4 w-1/2" />
      <Skeleton className="h-4 w-3/5" />
    </div>
  );
}
