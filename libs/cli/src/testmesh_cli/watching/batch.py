"""Flows run together, once: over connections that outlive them, and cut short where that is wanted."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from testmesh_cli.configuration.applied import RunSettings
from testmesh_cli.errors import CliError
from testmesh_cli.named_flows import NamedFlows
from testmesh_cli.reporting.report import Report
from testmesh_cli.running.local import LocalRunner
from testmesh_cli.running.pool import Stop, carry_out, exit_code
from testmesh_cli.running.result import FlowResult, in_trouble
from testmesh_cli.sources import FlowFile, whereabouts
from testmesh_engine.executor import FolderSources
from testmesh_engine.language.parse import built_in_actions
from testmesh_sdk import Resources

Settle = Callable[[Sequence[FlowFile]], RunSettings]
"""What the configuration gives to flows, as it is when they are run."""


@dataclass(frozen=True, slots=True)
class Means:
    """What every batch of a session runs with."""

    jobs: int
    fail_fast: bool
    seed: int
    resources: Resources
    artifacts: Path


@dataclass(slots=True)
class Batch:
    """One run of some flows. A flow is in at most one batch at a time: there is one batch at a time."""

    files: Sequence[FlowFile]
    named: NamedFlows
    variables: Callable[[], Mapping[str, Any]]
    settings: Settle
    report: Report
    means: Means
    stop: Stop = field(default_factory=Stop)
    is_cut: bool = False
    """Whether it was stopped to run something anew."""
    ended: set[Path] = field(default_factory=set)

    def cut(self, why: str) -> None:
        """Let running flows end with their teardowns, and begin no other."""
        self.is_cut = True
        self.stop.event.because(why)

    async def run(self) -> list[FlowResult]:
        """Run the flows; one that cannot be run is an error of its own, and keeps no other from running."""
        started = time.perf_counter()
        results = await self._results()
        self.report.closes(results, exit_code(results, self.stop), time.perf_counter() - started)
        return results

    async def _results(self) -> list[FlowResult]:
        try:
            runner = self._runner()
        except CliError as error:
            results = [in_trouble(file, error) for file in self.files]
            for result in results:
                self._tell_trouble(result)
            return results

        async def run_one(file: FlowFile) -> FlowResult:
            try:
                result = await runner.run(file)
            except CliError as error:
                result = in_trouble(file, error)
                self._tell_trouble(result)
            self.ended.add(whereabouts(file.path))
            return result

        means = self.means
        return await carry_out(self.files, run_one, jobs=means.jobs, fail_fast=means.fail_fast, stop=self.stop)

    def _runner(self) -> LocalRunner:
        means = self.means
        return LocalRunner(
            report=self.report,
            variables=self.variables(),
            seed=means.seed,
            resources=means.resources,
            artifacts=means.artifacts,
            sources=FolderSources(built_in_actions(), [file.checked for file in self.named]),
            cancel=self.stop.event,
            settings=self.settings(self.files),
        )

    def _tell_trouble(self, result: FlowResult) -> None:
        self.report.begins(result.file, None)
        self.report.ends(result)


async def first_of(task: asyncio.Task[Any], wake: asyncio.Event) -> None:
    """Wait until a task has ended or something woke us, whatever is first."""
    waking = asyncio.create_task(wake.wait())
    try:
        await asyncio.wait({task, waking}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waking.cancel()
