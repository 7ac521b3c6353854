import type { ReactNode } from "react";
import { formatDuration } from "../../components/format";

type Fields = Record<string, unknown>;

/** An HTTP exchange at a glance: the request's line, the answer's status, the time it took, the headers. */
export function HttpSummary({ input, output }: { input: unknown; output: unknown }) {
  const sent = fields(fields(output).request);
  const asked = fields(input);
  const answer = fields(output);
  const method = text(sent.method) ?? text(asked.method);
  const url = text(sent.url) ?? text(asked.url);
  if (method === null && url === null) return null;
  return (
    <section aria-label="HTTP" className="space-y-3">
      <div className="rounded-md border bg-sunken px-3 py-2">
        <p className="font-mono text-xs break-all">
          <strong>{method}</strong> {url}
        </p>
        {typeof answer.status === "number" && (
          <p className="tabular mt-1 text-[13px] text-ink-soft">
            <strong className={answer.status < 400 ? "text-passed" : "text-failed"}>{answer.status}</strong>
            {[text(answer.http_version) && `HTTP/${String(answer.http_version)}`, sizeOf(answer.size_bytes), durationOf(fields(answer.timings).total)]
              .filter(Boolean)
              .map((part) => ` · ${part}`)
              .join("")}
          </p>
        )}
      </div>
      <Timings timings={fields(answer.timings)} />
      <Headers title="Response headers" headers={fields(answer.headers)} />
      <Headers title="Request headers" headers={{ ...fields(asked.headers), ...fields(sent.headers) }} />
    </section>
  );
}

const SPANS: readonly { name: string; from: string | null; to: string; fill: string }[] = [
  { name: "DNS", from: null, to: "dns", fill: "bg-accent/25" },
  { name: "connect", from: "dns", to: "connect", fill: "bg-accent/45" },
  { name: "wait", from: "connect", to: "first_byte", fill: "bg-accent/75" },
  { name: "download", from: "first_byte", to: "total", fill: "bg-accent" },
];

/** How long each part of the exchange took; the engine gives dns and connect as lengths, the rest as moments. */
function Timings({ timings }: { timings: Fields }) {
  const total = number(timings.total);
  if (total === null || total <= 0) return null;
  const dns = number(timings.dns) ?? 0;
  const connect = number(timings.connect) ?? 0;
  const first = Math.max(number(timings.first_byte) ?? total, dns + connect);
  const lengths: Record<string, number> = { DNS: dns, connect, wait: first - dns - connect, download: Math.max(0, total - first) };
  const shown = SPANS.map((span) => ({ ...span, length: lengths[span.name] ?? 0 })).filter(({ length }) => length > 0);
  return (
    <div>
      <div aria-hidden className="flex h-2 gap-px overflow-hidden rounded-full">
        {shown.map(({ name, fill, length }) => (
          <span key={name} className={fill} style={{ flex: `${length} 0 2px` }} />
        ))}
      </div>
      <ul className="tabular mt-1.5 flex flex-wrap gap-x-3 text-xs text-ink-muted">
        {shown.map(({ name, fill, length }) => (
          <li key={name} className="flex items-center gap-1.5">
            <span aria-hidden className={`size-2 rounded-full ${fill}`} /> {name} {formatDuration(length)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Headers({ title, headers }: { title: string; headers: Fields }) {
  const rows = Object.entries(headers);
  if (rows.length === 0) return null;
  return (
    <details className="rounded-md border">
      <summary className="flex min-h-8 cursor-pointer items-center px-3 text-xs font-medium text-ink-soft select-none hover:bg-hover">
        {title} <span className="ml-1 text-ink-muted">({rows.length})</span>
      </summary>
      <table className="w-full table-fixed border-t text-xs">
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name} className="align-top">
              <th scope="row" className="w-2/5 px-3 py-1 text-left font-mono font-normal break-words text-ink-muted">
                {name}
              </th>
              <td className="px-3 py-1 font-mono break-words">{written(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function written(value: unknown): ReactNode {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function durationOf(value: unknown): string | null {
  return typeof value === "number" ? formatDuration(value) : null;
}

function sizeOf(value: unknown): string | null {
  if (typeof value !== "number") return null;
  return value < 1024 ? `${value} B` : value < 1024 ** 2 ? `${(value / 1024).toFixed(1)} KB` : `${(value / 1024 ** 2).toFixed(1)} MB`;
}
