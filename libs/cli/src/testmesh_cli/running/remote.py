"""A flow run by a server: sent along, followed step by step, with the same report as here."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from testmesh_cli.errors import CliError, UsageError
from testmesh_cli.remote import executions
from testmesh_cli.remote.client import ServerClient
from testmesh_cli.reporting.report import Report
from testmesh_cli.reporting.runs import earlier_runs, shown_run, shown_steps, took_ms
from testmesh_cli.reporting.steps import finished_step
from testmesh_cli.running.result import FlowResult, in_trouble
from testmesh_cli.sources import FlowFile
from testmesh_cli.variables import env_file_variables
from testmesh_contracts.executions import ExecutionView
from testmesh_engine.language.inputs import fits
from testmesh_engine.language.models import TEARDOWN_TIMEOUT_S, Input
from testmesh_engine.language.scalars import NumberTooLongError, read_plain

MARGIN_S = 60.0
"""What an execution may take beyond its timeouts: a lost runner is noticed, its run is repeated."""


@dataclass(frozen=True, slots=True)
class RemoteRunner:
    """Runs flows on a server that has neither to know them nor to keep them."""

    report: Report
    client: ServerClient
    variables: Mapping[str, Any]
    environment: str | None
    trigger: str
    cancel: asyncio.Event

    async def run(self, file: FlowFile) -> FlowResult:
        try:
            execution_id = await executions.start(self.client, self._order(file))
        except CliError as error:
            self.report.begins(file, None)
            return self._ended(in_trouble(file, error))
        self.report.begins(file, execution_id)
        watch = asyncio.create_task(self._cancel_when_told(execution_id))
        try:
            result = await self._followed(file, execution_id)
        except CliError as error:
            result = in_trouble(file, error, execution_id)
        finally:
            watch.cancel()
            await asyncio.wait([watch])
        if not watch.cancelled() and isinstance(failure := watch.exception(), CliError):
            result.warnings.append(str(failure))
        return self._ended(result)

    async def _followed(self, file: FlowFile, execution_id: str) -> FlowResult:
        flow = file.checked
        seconds = flow.queue_timeout + flow.max_runs * (flow.timeout + TEARDOWN_TIMEOUT_S) + MARGIN_S
        told: set[tuple[int, str]] = set()
        run = 1
        async for view in executions.follow(self.client, execution_id, seconds):
            if (last := shown_run(view)) > run:
                run = last
                self.report.begins_again(file, run)
            for step in shown_steps(view):
                finished = finished_step(step)
                if finished is not None and (step.run, step.path) not in told:
                    told.add((step.run, step.path))
                    self.report.tells(file, finished)
        return _result(file, view)

    async def _cancel_when_told(self, execution_id: str) -> None:
        await self.cancel.wait()
        await executions.cancel(self.client, execution_id)

    def _order(self, file: FlowFile) -> dict[str, Any]:
        given = {**env_file_variables(file), **self.variables}
        declared = {found.name: found for found in file.checked.inputs}
        inputs = {name: _typed(declared[name], value) for name, value in given.items() if name in declared}
        return {
            "source": file.source.decode("utf-8-sig"),
            "environment": self.environment or file.checked.environment,
            "variables": {name: value for name, value in given.items() if name not in declared},
            "inputs": inputs,
            "trigger_type": self.trigger,
        }

    def _ended(self, result: FlowResult) -> FlowResult:
        self.report.ends(result)
        return result


def _result(file: FlowFile, view: ExecutionView) -> FlowResult:
    warnings = list(view.warnings)
    if view.lost_events:
        warnings.append(f"{view.lost_events} events of this execution were lost: its steps are not complete")
    if earlier := earlier_runs(view):
        warnings.append(earlier)
    assert view.status != "pending"
    assert view.status != "running"
    return FlowResult(
        file,
        view.status,
        execution_id=str(view.id),
        error_code=view.error_code,
        error_message=view.error_message,
        warnings=warnings,
        outputs=view.outputs,
        step_counts=view.step_counts,
        duration_ms=took_ms(view) or 0.0,
        steps=[finished for step in shown_steps(view) if (finished := finished_step(step)) is not None],
    )


def _typed(declared: Input, value: Any) -> Any:
    """Read a command line's text as what the input is, as the engine does in a local run."""
    if not isinstance(value, str) or declared.type not in {"number", "integer", "boolean"}:
        return value
    try:
        found = read_plain(value)
    except NumberTooLongError as error:
        raise UsageError(f"the input {declared.name}: its number has too many digits") from error
    return found if fits(found, declared.type) else value
