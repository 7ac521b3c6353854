import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { toast } from "../components/toast";
import { api } from "../api/client";
import { problemOf } from "../api/problem";
import type { FlowSummary } from "../api/types";
import { useOverlays } from "./overlays";

interface Order {
  flow: FlowSummary;
  environment: string | null;
}

/** Return how to start a flow; its execution's page is then shown. */
export function useRunFlow(): (flow: FlowSummary, environment: string | null) => void {
  const { show } = useOverlays();
  const navigate = useNavigate();
  const { mutate, isPending } = useMutation({
    mutationFn: start,
    onSuccess: (id) => {
      show(null);
      void navigate({ to: "/executions/$id", params: { id } });
    },
    onError: (error, { flow }) =>
      toast.error(`${flow.name} was not started: ${problemOf(error).title}`, { description: problemOf(error).detail }),
  });
  return (flow, environment) => {
    if (!isPending) mutate({ flow, environment });
  };
}

async function start({ flow, environment }: Order): Promise<string> {
  const body = { flow_id: flow.id, trigger_type: "manual" as const, ...(environment !== null && { environment }) };
  const { data } = await api.POST("/api/v1/executions", { body });
  if (data === undefined || !("id" in data)) throw new Error("The answer names no execution.");
  return data.id;
}
