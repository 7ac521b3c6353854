import { ArrowDownToLine, Copy, Download } from "lucide-react";
import { useState } from "react";
import { toast } from "../../components/toast";
import { Button } from "../../components/Button";
import { ErrorCard } from "../../components/ErrorCard";
import { formatCount } from "../../components/format";
import { type LogFilter, textOf } from "./lines";
import { LogList } from "./LogList";
import { useLogs } from "./useLogs";

interface Props {
  id: string;
  ended: boolean;
  filter: LogFilter;
  /** Lines of this run alone. */
  run?: number;
  /** Within a step's panel: no step to name in each line. */
  compact?: boolean;
}

/** Log lines with what is done to all of them: follow, copy, download. */
export default function LogsView({ id, ended, filter, run, compact = false }: Props) {
  const { lines: every, loading, error, retry } = useLogs(id, filter, ended);
  const [follow, setFollow] = useState(!ended);
  const lines = run === undefined ? every : every.filter((line) => line.run === run);
  return (
    <div>
      <div className="mb-2 flex flex-wrap items-center gap-2 text-xs text-ink-muted">
        <span className="tabular">
          {formatCount(lines.length)} {lines.length === 1 ? "line" : "lines"}
          {loading ? ", fetching more…" : ""}
        </span>
        <span className="ml-auto flex items-center gap-1">
          <Button size="small" tone={follow ? "plain" : "quiet"} aria-pressed={follow} onClick={() => setFollow(!follow)}>
            <ArrowDownToLine aria-hidden className="size-3.5" /> Follow
          </Button>
          <Button size="smallIcon" tone="quiet" aria-label="Copy the lines" title="Copy the lines" onClick={() => copy(textOf(lines), lines.length)}>
            <Copy aria-hidden className="size-3.5" />
          </Button>
          <Button size="smallIcon" tone="quiet" aria-label="Download the lines" title="Download the lines" onClick={() => download(id, textOf(lines))}>
            <Download aria-hidden className="size-3.5" />
          </Button>
        </span>
      </div>
      {error != null && (
        <div className="mb-2">
          <ErrorCard error={error} onRetry={retry} />
        </div>
      )}
      {lines.length === 0 && !loading ? (
        <p className="rounded-lg border bg-sunken px-4 py-10 text-center text-[13px] text-ink-muted">
          {isFiltered(filter) && !compact ? "No line matches the filter." : ended ? "Nothing was logged." : "Nothing has been logged yet."}
        </p>
      ) : (
        <LogList lines={lines} follow={follow} onFollow={setFollow} compact={compact} />
      )}
    </div>
  );
}

function isFiltered(filter: LogFilter): boolean {
  return filter.level !== "debug" || filter.step !== null || filter.text !== "";
}

function copy(text: string, count: number): void {
  navigator.clipboard.writeText(text).then(
    () => toast(`${formatCount(count)} lines are on the clipboard.`),
    () => toast.error("The browser does not let this page write to the clipboard."),
  );
}

function download(id: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = `execution-${id}.log`;
  link.click();
  URL.revokeObjectURL(link.href);
}
