import { useMutation } from "@tanstack/react-query";
import { toast } from "../components/toast";
import { api } from "../api/client";
import { problemOf } from "../api/problem";
import type { ExecutionSummary } from "../api/types";

/** Return how to cancel an execution, and whether that was asked for; its row changes when it has ended. */
export function useCancel(execution: ExecutionSummary) {
  const { mutate, isPending, isSuccess } = useMutation({
    mutationFn: () =>
      api.POST("/api/v1/executions/{execution_id}/cancel", { params: { path: { execution_id: execution.id } } }),
    onError: (error) =>
      toast.error(`${execution.flow_name} was not cancelled: ${problemOf(error).title}`, {
        description: problemOf(error).detail,
      }),
  });
  return { cancel: () => mutate(), isCancelling: isPending || isSuccess };
}
