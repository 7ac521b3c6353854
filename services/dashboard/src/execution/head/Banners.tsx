import { AlertTriangle, Clock, Info, TriangleAlert, X } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "../../components/cn";
import { Button } from "../../components/Button";
import type { Head } from "../model/state";

interface Props {
  head: Head;
  behind: boolean;
  refetch: () => void;
}

/** What must not be overlooked: why it did not pass, what makes a pass doubtful, why it waits. */
export function Banners({ head, behind, refetch }: Props) {
  return (
    <div className="mt-3 flex flex-col gap-2 empty:hidden">
      {head.lost_events > 0 && (
        <Banner tone="error" icon={<TriangleAlert aria-hidden className="size-4" />}>
          <strong>{head.lost_events} events of this execution did not arrive.</strong> What is shown is not all that
          happened: do not take it for a pass.
        </Banner>
      )}
      {head.error_message && (
        <Banner tone={head.status === "failed" ? "failed" : "error"} icon={<Sign status={head.status} />} code={head.error_code}>
          {head.error_message}
        </Banner>
      )}
      {head.warnings.map((warning) => (
        <Banner key={warning} tone="error" icon={<AlertTriangle aria-hidden className="size-4" />}>
          {warning}
        </Banner>
      ))}
      {head.status === "pending" && (
        <Banner tone="calm" icon={<Clock aria-hidden className="size-4" />}>
          {head.delayed_reason ? `Waiting: ${head.delayed_reason}` : "Waiting for a free runner."}
        </Banner>
      )}
      {behind && (
        <Banner tone="calm" icon={<Info aria-hidden className="size-4" />}>
          It has ended; what the database keeps of it could not be fetched yet.
          <Button size="small" tone="quiet" className="ml-2" onClick={refetch}>
            Fetch now
          </Button>
        </Banner>
      )}
    </div>
  );
}

const TONES = {
  failed: "border-failed-fill/40 bg-failed-wash [&>svg]:text-failed",
  error: "border-error-fill/40 bg-error-wash [&>svg]:text-error",
  calm: "bg-sunken [&>svg]:text-ink-muted",
};

interface BannerProps {
  tone: keyof typeof TONES;
  icon: ReactNode;
  code?: string | null;
  children: ReactNode;
}

function Banner({ tone, icon, code, children }: BannerProps) {
  return (
    <div className={cn("flex items-start gap-2.5 rounded-lg border px-3 py-2 text-[13px] [&>svg]:mt-0.5 [&>svg]:shrink-0", TONES[tone])}>
      {icon}
      <p className="max-h-40 min-w-0 flex-1 overflow-y-auto break-words whitespace-pre-wrap text-ink">{children}</p>
      {code && <code className="mt-px shrink-0 font-mono text-xs text-ink-soft">{code}</code>}
    </div>
  );
}

function Sign({ status }: { status: Head["status"] }) {
  return status === "failed" ? <X aria-hidden className="size-4" /> : <AlertTriangle aria-hidden className="size-4" />;
}
