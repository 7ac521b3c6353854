"""What the command makes of each case's run is a result that the api takes, however it ended."""

import asyncio
from pathlib import Path

import pytest

from testmesh_api.executions.uploading import read_result
from testmesh_cli.reporting.report import Reports
from testmesh_cli.running.local import LocalRunner
from testmesh_cli.sources import read_flow
from testmesh_cli.uploading.document import Origin, document_of
from testmesh_contracts.events import StepStarted
from testmesh_engine.executor import FolderSources
from testmesh_engine.language.parse import built_in_actions
from testmesh_sdk import Resources
from tests.flows.cases import ROOT, Case, cases_of
from tests.flows.stub import Stub


class CancelAt(Reports):
    """Cancels the run when a step begins."""

    def __init__(self, case: Case, cancel: asyncio.Event) -> None:
        super().__init__([])
        self._path, self._cancel = case.cancel, cancel

    def tells(self, file, event) -> None:
        if isinstance(event, StepStarted) and event.path == self._path:
            self._cancel.set()


@pytest.mark.parametrize(
    "case", [case for case in cases_of("cli") if case.status != "invalid"], ids=lambda case: case.name
)
async def test_the_result_of_a_case_is_taken_as_it_ended(case: Case, tmp_path: Path, stub: Stub):
    beside = [read_flow(ROOT / path).checked for path in case.beside]
    resources, cancel = Resources(), asyncio.Event()
    runner = LocalRunner(
        report=CancelAt(case, cancel),
        variables={**stub.variables_of(case), **case.given.inputs},
        seed=case.given.seed,
        resources=resources,
        artifacts=tmp_path,
        sources=FolderSources(built_in_actions(), beside),
        cancel=cancel,
    )
    result = await runner.run(read_flow(case.path))
    await resources.close()
    taken = read_result(document_of(result, Origin("ci"))).result

    assert (taken.status, taken.error_code) == (result.status, result.error_code)
    assert [(step.path, step.status) for step in taken.steps] == [(step.path, step.status) for step in result.steps]
    assert [step.assertions for step in taken.steps] == [step.assertions for step in result.steps]
    assert [line.message for line in taken.logs] == [line.message for line in result.logs]
