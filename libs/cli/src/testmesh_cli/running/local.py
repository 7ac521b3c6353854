"""A flow run in this process: the engine alone, no server, no database, no network of its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from testmesh_cli.configuration.applied import RunSettings
from testmesh_cli.reporting.report import Report
from testmesh_cli.running.artifacts import KeptArtifacts
from testmesh_cli.running.result import FlowResult
from testmesh_cli.selection.turns import seed_of
from testmesh_cli.sources import FlowFile
from testmesh_cli.variables import env_file_variables
from testmesh_contracts.events import ArtifactStored, LogLine, StepFinished, StepStarted
from testmesh_contracts.ids import uuid7
from testmesh_engine.artifacts import FolderStore
from testmesh_engine.executor import (
    FlowOutcome,
    Gate,
    PreparationError,
    RunOptions,
    Sources,
    UnrecordedSpan,
    concurrency_key,
    run_flow,
)
from testmesh_engine.executor.options import nothing_left_out
from testmesh_engine.language import Flow
from testmesh_engine.language.parse import built_in_actions
from testmesh_engine.reporters.secrecy import names_a_secret
from testmesh_sdk import Resources


@dataclass(frozen=True, slots=True)
class LocalRunner:
    """Runs flows over shared connections; large values of steps go to a folder that lives as long as the run."""

    report: Report
    variables: Mapping[str, Any]
    seed: int
    resources: Resources
    artifacts: Path
    sources: Sources
    cancel: asyncio.Event
    settings: RunSettings = field(default_factory=RunSettings)
    kept: KeptArtifacts | None = None
    """Where artifacts go that outlive the run."""
    turns: dict[str, asyncio.Lock] = field(default_factory=dict)
    """Who runs, by concurrency key."""
    gate: Gate | None = None
    stopwatch: Callable[[], float] = time.perf_counter

    async def run(self, file: FlowFile) -> FlowResult:
        execution_id = uuid7()
        steps: list[StepFinished] = []
        stored: list[ArtifactStored] = []
        logs: list[LogLine] = []

        def emit(event: StepStarted | StepFinished | LogLine | ArtifactStored) -> None:
            if isinstance(event, StepFinished):
                steps.append(event)
            elif isinstance(event, ArtifactStored):
                stored.append(event)
            elif isinstance(event, LogLine):
                logs.append(event)
            self.report.tells(file, event)

        options = self._options(file, execution_id)
        self.report.begins(file, None)
        _load_actions(file.checked)
        async with self._turn(file, options) as refused:
            started, started_at = self.stopwatch(), datetime.now(UTC)
            outcome = refused or await run_flow(file.checked, run=options, emit=emit, cancel=self.cancel)
        result = FlowResult(
            file,
            outcome.status,
            execution_id=str(execution_id),
            error_code=outcome.error_code,
            error_message=outcome.error_message,
            warnings=outcome.warnings,
            outputs=outcome.outputs,
            step_counts=outcome.step_counts,
            duration_ms=(self.stopwatch() - started) * 1000,
            steps=steps,
            started_at=started_at,
            finished_at=datetime.now(UTC),
            seed=options.seed,
            logs=logs,
            by_hand=outcome.by_hand,
        )
        if self.kept is not None:
            result.warnings += await asyncio.to_thread(self.kept.keep, file, stored, self.artifacts)
        self.report.ends(result)
        return result

    def _options(self, file: FlowFile, execution_id: UUID) -> RunOptions:
        settings = self.settings
        variables = {**env_file_variables(file), **settings.variables_for(file.checked), **self.variables}
        return RunOptions(
            execution_id=str(execution_id),
            registry=built_in_actions(),
            resources=self.resources,
            artifacts=FolderStore(self.artifacts),
            variables=variables,
            secret_values=[*settings.secret_values, *_secrets_of(settings.process_env), *_secrets_of(variables)],
            process_env=settings.process_env,
            proxies=settings.proxies,
            flow_timeout=self.settings.timeout,
            unjudged_retries=self.settings.retry,
            trace=UnrecordedSpan(execution_id),
            listening=self.settings.listening,
            seed=seed_of(file, self.seed),
            sources=self.sources,
            stopwatch=self.stopwatch,
            gate=self.gate,
            left_out=nothing_left_out if file.part is None else file.part.left_out,
        )

    @asynccontextmanager
    async def _turn(self, file: FlowFile, options: RunOptions) -> AsyncIterator[FlowOutcome | None]:
        """Wait until no other flow of this key runs here, whatever its policy; give the end of one with a bad key."""
        try:
            key = concurrency_key(file.checked, options)
        except PreparationError as error:
            yield FlowOutcome("error", error.code, error.message)
            return
        if key is None:
            yield None
            return
        async with self.turns.setdefault(key, asyncio.Lock()):
            yield None


def _secrets_of(values: Mapping[str, Any]) -> list[str]:
    """Return the values whose names say that they are secrets: what is told of a run may be read by many."""
    return [value for name, value in values.items() if isinstance(value, str) and names_a_secret(name)]


def _load_actions(flow: Flow) -> None:
    """Import what the flow's actions need before its clock starts: no step would show what that takes."""
    registry = built_in_actions()
    for name in {step.action for step in flow.all_steps()}:
        if registry.find(name) is not None:
            registry.get(name).load()
