import { Download } from "lucide-react";
import { queries } from "../../api/client";
import { ErrorCard } from "../../components/ErrorCard";
import { formatSize } from "../../components/format";
import { Skeleton } from "../../components/Skeleton";

const MOST = 200;
const LOOK_AGAIN_MS = 2_000;

interface Props {
  id: string;
  run: number;
  /** Path of the step. */
  path: string;
  /** Whether no more files will come. */
  ended: boolean;
}

/** The files that a step left, with those of its passes and of the steps inside it; they are saved, never shown. */
export function Artifacts({ id, run, path, ended }: Props) {
  const { data, error, isPending, refetch } = queries.useQuery(
    "get",
    "/api/v1/results/{execution_id}/artifacts",
    { params: { path: { execution_id: id }, query: { step: path, limit: MOST } } },
    { refetchInterval: ended ? false : LOOK_AGAIN_MS },
  );
  if (isPending) return <Skeleton className="h-20" />;
  if (error) return <ErrorCard error={error} onRetry={() => void refetch()} />;
  const files = data.items.filter((file) => file.run === run);
  if (files.length === 0) return <p className="text-[13px] text-ink-muted">The step has left no files{ended ? "" : " yet"}.</p>;
  return (
    <>
      <ul className="divide-y rounded-md border">
        {files.map((file) => (
          <li key={file.id} className="px-3 py-2 text-[13px]">
            <a href={`/api/v1/artifacts/${file.id}`} download className="inline-flex max-w-full items-center gap-1.5 font-medium underline underline-offset-2">
              <Download aria-hidden className="size-3.5 shrink-0" />
              <span className="min-w-0 break-all">{file.name}</span>
            </a>
            <p className="tabular mt-0.5 text-xs break-all text-ink-muted">
              {formatSize(file.size_bytes)} · {file.content_type}
              {file.path !== path && <> · {file.path}</>}
            </p>
          </li>
        ))}
      </ul>
      {data.next_cursor && (
        <p className="mt-2 text-xs text-ink-muted">
          The first {MOST} are here; <code className="font-mono">testmesh artifacts list {id}</code> has all.
        </p>
      )}
    </>
  );
}
