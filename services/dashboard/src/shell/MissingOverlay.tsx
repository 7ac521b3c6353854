import { ErrorCard } from "../components/ErrorCard";
import { Button } from "../components/Button";
import { useOverlays } from "./overlays";

/** Stands for something that lies over the page and could not be fetched. */
export function MissingOverlay({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { show } = useOverlays();
  return (
    <div className="fixed inset-x-4 top-[12vh] z-50 mx-auto flex max-w-xl flex-col items-end gap-2 rounded-xl border bg-raised p-3 shadow-float">
      <div className="w-full">
        <ErrorCard error={error} onRetry={onRetry} />
      </div>
      <Button size="small" onClick={() => show(null)}>
        Close
      </Button>
    </div>
  );
}
