"""A flow run by a server: sent along, followed step by step, with the same report as here."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass

from testmesh_cli.errors import CliError
from testmesh_cli.remote import executions
from testmesh_cli.remote.client import ServerClient
from testmesh_cli.remote.following import PATIENCE, Following, Snapshot
from testmesh_cli.remote.log_pages import LogReader
from testmesh_cli.remote.patience import Patience
from testmesh_cli.reporting.report import Report
from testmesh_cli.reporting.runs import all_runs, all_warnings, earlier_runs, shown_steps
from testmesh_cli.reporting.steps import finished_step
from testmesh_cli.running.order import Order
from testmesh_cli.running.result import FlowResult, in_trouble
from testmesh_cli.running.telling import Telling
from testmesh_cli.sources import FlowFile
from testmesh_contracts.executions import ExecutionView
from testmesh_engine.language.models import TEARDOWN_TIMEOUT_S

MARGIN_S = 60.0
"""What an execution may take beyond its timeouts: a lost runner is noticed, its run is repeated."""


@dataclass(frozen=True, slots=True)
class RemoteRunner:
    """Runs flows on a server that has neither to know them nor to keep them."""

    report: Report
    client: ServerClient
    order: Order
    cancel: asyncio.Event
    logs: bool = False
    """Whether the steps' log lines are told too."""
    patience: Patience = PATIENCE

    async def run(self, file: FlowFile) -> FlowResult:
        try:
            execution_id = await executions.start(self.client, self.order.of(file))
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
        log = LogReader(self.client, execution_id) if self.logs else None
        telling = Telling(self.report, file, log)
        following = Following(self.client, execution_id, seconds=seconds, log=log, patience=self.patience)
        last: ExecutionView | None = None
        async with aclosing(following.news()) as all_news:
            async for news in all_news:
                telling.tell(news)
                if isinstance(news, Snapshot):
                    last = news.view
        assert last is not None
        return _result(file, last)

    async def _cancel_when_told(self, execution_id: str) -> None:
        await self.cancel.wait()
        await executions.cancel(self.client, execution_id)

    def _ended(self, result: FlowResult) -> FlowResult:
        self.report.ends(result)
        return result


def _result(file: FlowFile, view: ExecutionView) -> FlowResult:
    warnings = all_warnings(view)
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
        duration_ms=view.duration_ms,
        all_runs=all_runs(view),
        steps=[finished for step in shown_steps(view) if (finished := finished_step(step)) is not None],
    )
