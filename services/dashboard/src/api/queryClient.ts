import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./problem";

const MOST_RETRIES = 2;

/** Return a cache whose questions are asked again only where that can help. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < MOST_RETRIES && (!(error instanceof ApiError) || error.isTransient),
        staleTime: 5_000,
        refetchOnWindowFocus: false,
      },
    },
  });
}
