import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Ban, RotateCw } from "lucide-react";
import { toast } from "../../components/toast";
import { api } from "../../api/client";
import { problemOf } from "../../api/problem";
import { Button } from "../../components/Button";
import { Tooltip } from "../../components/Tooltip";
import { isTerminal, type Head } from "../model/state";

const INLINE = "This execution's flow was sent along with its request; only flows that are stored can be run again from here.";

/** Cancel what runs, run again what is stored. The client gives each request its Idempotency-Key. */
export function Actions({ head }: { head: Head }) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      {!isTerminal(head.status) && <Cancel head={head} />}
      <RunAgain head={head} />
    </div>
  );
}

function Cancel({ head }: { head: Head }) {
  const cancel = useMutation({
    mutationFn: () =>
      api.POST("/api/v1/executions/{execution_id}/cancel", { params: { path: { execution_id: head.id } } }),
    onSuccess: () => toast("Cancelling: the running step is stopped, then the teardown runs."),
    onError: (error) => toast.error(problemOf(error).title, { description: problemOf(error).detail }),
  });
  const asked = cancel.isPending || cancel.isSuccess;
  return (
    <Button tone="danger" disabled={asked} onClick={() => cancel.mutate()}>
      <Ban aria-hidden className="size-3.5" /> {asked ? "Cancelling…" : "Cancel"}
    </Button>
  );
}

function RunAgain({ head }: { head: Head }) {
  const navigate = useNavigate();
  const again = useMutation({
    mutationFn: () =>
      api.POST("/api/v1/executions", {
        body: {
          flow_id: head.flow_id ?? null,
          trigger_type: "manual",
          ...(head.environment ? { environment: head.environment } : {}),
        },
      }),
    onSuccess: ({ data }) => {
      toast.success(`${head.flow_name} runs again`);
      if (data && "id" in data) void navigate({ to: "/executions/$id", params: { id: data.id } });
    },
    onError: (error) => toast.error(problemOf(error).title, { description: problemOf(error).detail }),
  });
  const face = (
    <>
      <RotateCw aria-hidden className="size-3.5" /> Run again
    </>
  );
  if (!head.flow_id) {
    return (
      <>
        <Tooltip hint={INLINE}>
          <Button aria-disabled aria-label={`Run again. Not possible: ${INLINE}`} className="cursor-not-allowed opacity-50" onClick={() => toast(INLINE)}>
            {face}
          </Button>
        </Tooltip>
        <span className="hidden text-xs text-ink-muted pointer-coarse:inline">Its flow is not stored here.</span>
      </>
    );
  }
  return (
    <Button disabled={again.isPending} onClick={() => again.mutate()}>
      {face}
    </Button>
  );
}
