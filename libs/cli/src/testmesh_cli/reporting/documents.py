"""The reports for programs: one JSON document, or one JSON object a line."""

import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from pydantic_core import to_json

from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.reporting.report import StepEvent
from testmesh_cli.running.result import FlowResult
from testmesh_cli.sources import FlowFile


class JsonReport:
    """One JSON document at the end: each flow with its steps."""

    def begins(self, file: FlowFile, execution_id: str | None) -> None:
        """Nothing is said before the end."""

    def begins_again(self, file: FlowFile, run: int) -> None:
        """Nothing is said before the end."""

    def waits(self, file: FlowFile, reason: str) -> None:
        """Nothing is said before the end."""

    def tells(self, file: FlowFile, event: StepEvent) -> None:
        """Nothing is said before the end."""

    def ends(self, result: FlowResult) -> None:
        """Nothing is said before the end."""

    def closes(self, results: Sequence[FlowResult], code: ExitCode, seconds: float) -> None:
        write_json(run_document(results, code, seconds), indent=2)


class NdjsonReport:
    """One JSON object a line, as things happen."""

    def begins(self, file: FlowFile, execution_id: str | None) -> None:
        began = {"type": "flow.started", "file": file.shown, "name": file.checked.name}
        write_json({**began, "execution_id": execution_id})

    def begins_again(self, file: FlowFile, run: int) -> None:
        write_json({"type": "run.started", "file": file.shown, "run": run})

    def waits(self, file: FlowFile, reason: str) -> None:
        write_json({"type": "flow.delayed", "file": file.shown, "reason": reason})

    def tells(self, file: FlowFile, event: StepEvent) -> None:
        write_json({"file": file.shown, **event.model_dump(mode="json")})

    def ends(self, result: FlowResult) -> None:
        write_json({"type": "flow.finished", **result.as_json()})

    def closes(self, results: Sequence[FlowResult], code: ExitCode, seconds: float) -> None:
        for result in results:
            if result.status == "not_run":
                self.ends(result)
        write_json({"type": "summary", "exit_code": int(code), **counted(results, seconds)})


def run_document(results: Sequence[FlowResult], code: ExitCode, seconds: float) -> dict[str, Any]:
    """Return a whole run as one document: how it ended, and each flow with its steps."""
    flows = [{**found.as_json(), "steps": found.steps} for found in results]
    return {"exit_code": int(code), **counted(results, seconds), "flows": flows}


def counted(results: Sequence[FlowResult], seconds: float) -> dict[str, Any]:
    counts = Counter[str](result.status for result in results)
    kinds = ("passed", "failed", "error", "cancelled", "not_run")
    return {"counts": {kind: counts[kind] for kind in kinds}, "duration_ms": round(seconds * 1000, 3)}


def write_json(value: Any, *, indent: int | None = None) -> None:
    """Write a value as JSON to stdout, at once; where its reader has gone away, the run goes on without."""
    text = to_json(value, indent=indent, inf_nan_mode="constants").decode()
    with suppress(BrokenPipeError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
