"""What a run tells, gathered for the reports that are written at its end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from testmesh_cli import __version__
from testmesh_cli.errors import CliError
from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.mentioned import found_flow
from testmesh_cli.named_flows import NamedFlows
from testmesh_cli.reporting.report import StepEvent
from testmesh_cli.reporting.shown_source import shown_source
from testmesh_cli.running.artifacts import KeptArtifacts
from testmesh_cli.running.request import RunRequest
from testmesh_cli.running.result import FlowResult
from testmesh_cli.sources import FlowFile
from testmesh_contracts.events import ArtifactStored, LogLine
from testmesh_engine.language.mentions import mentioned_flows
from testmesh_engine.language.models import Flow
from testmesh_engine.reporters import Artifact, FlowReport, RunReport

MOST_LINES = 5_000
"""Log lines that are kept of one flow; how many more there were is said."""


@dataclass(slots=True)
class _Heard:
    began: datetime
    logs: list[LogLine] = field(default_factory=list)
    left_out: int = 0
    artifacts: list[ArtifactStored] = field(default_factory=list)


class Gathering:
    """Hears of a run and makes a report of it; what the engine masked is all that it has."""

    def __init__(self, request: RunRequest, kept: KeptArtifacts | None = None) -> None:
        self._request = request
        self._kept = kept
        self._began = _now()
        self._open: dict[str, _Heard] = {}
        self._ended: list[tuple[FlowResult, _Heard]] = []

    def begins(self, file: FlowFile, execution_id: str | None) -> None:  # noqa: ARG002 - the result has it
        self._open[file.shown] = _Heard(_now())

    def begins_again(self, file: FlowFile, run: int) -> None:  # noqa: ARG002 - the last run is all that is told
        self._open[file.shown] = _Heard(self._of(file).began)

    def waits(self, file: FlowFile, reason: str) -> None:
        """A report tells of what was, not of what is waited for."""

    def tells(self, file: FlowFile, event: StepEvent) -> None:
        heard = self._of(file)
        if isinstance(event, LogLine):
            if len(heard.logs) < MOST_LINES:
                heard.logs.append(event)
            else:
                heard.left_out += 1
        elif isinstance(event, ArtifactStored):
            heard.artifacts.append(event)

    def ends(self, result: FlowResult) -> None:
        self._ended.append((result, self._open.pop(result.file.shown, _Heard(_now()))))

    def _of(self, file: FlowFile) -> _Heard:
        return self._open.setdefault(file.shown, _Heard(_now()))

    def report(self, results: Sequence[FlowResult], code: ExitCode, seconds: float) -> RunReport:
        heard = {id(result): found for result, found in self._ended}
        # As where they were run: a flow may call one that was found, and was not run itself.
        named = NamedFlows(self._request.found([result.file for result in results]))
        flows = [self._flow(result, heard.get(id(result)), named) for result in results]
        return RunReport(flows, int(code), self._began, seconds * 1000, __version__)

    def _flow(self, result: FlowResult, heard: _Heard | None, named: NamedFlows) -> FlowReport:
        file, flow = result.file, result.file.flow
        begun = heard if result.status != "not_run" else None
        starts = [step.started_at for step in result.steps]
        return FlowReport(
            file=file.shown_path,
            name=file.shown_path if flow is None else flow.name,
            status=result.status,
            suite=None if flow is None else flow.suite,
            tags=() if flow is None else flow.tags,
            error_code=result.error_code,
            error_message=result.error_message,
            warnings=result.warnings,
            started_at=min(starts, default=None if begun is None else begun.began),
            duration_ms=result.duration_ms,
            steps=sorted(result.steps, key=lambda step: step.number),
            source=shown_source(file),
            execution_id=result.execution_id,
            outputs=result.outputs,
            logs=[] if begun is None else begun.logs,
            logs_left_out=0 if begun is None else begun.left_out,
            artifacts=[] if begun is None else [self._artifact(one) for one in begun.artifacts],
            repetition=None if file.repetition is None else file.repetition[0],
            environment=None if flow is None else self._request.settings.environment_of(flow),
            seed=self._request.seed_of(file),
            command_again=self._request.again(file) if result.status != "passed" else None,
            awaited=frozenset(_awaited(file, named, set()))
            if any(step.retry_count for step in result.steps)
            else frozenset(),
        )

    def _artifact(self, stored: ArtifactStored) -> Artifact:
        place = None if self._kept is None else self._kept.place_of(stored)
        file = None if place is None else str(place)
        return Artifact(stored.name, stored.content_type, stored.size_bytes, stored.sha256, stored.path, file)


def _awaited(file: FlowFile, named: NamedFlows, seen: set[Any]) -> set[tuple[str, int]]:
    """Return the steps with `eventually`, also of the flows that are called, as far as they are here."""
    flow: Flow | None = file.flow
    if flow is None or file.path in seen:
        return set()
    seen.add(file.path)
    found = {(step.id, step.line) for step in flow.all_steps() if step.eventually is not None}
    for mention in mentioned_flows(flow):
        try:
            called = found_flow(mention, file, named)
        except CliError:
            # It was told where the flow was run; here it only is not known whether its steps wait.
            continue
        if called is not None:
            found |= _awaited(called, named, seen)
    return found


def _now() -> datetime:
    return datetime.now(UTC)
