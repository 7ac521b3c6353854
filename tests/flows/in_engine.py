"""A case carried out by the engine, in this process."""

import asyncio
from pathlib import Path
from typing import Any

from testmesh_contracts.events import StepFinished, StepStarted
from testmesh_engine.actions import BUILT_IN, ActionRegistry
from testmesh_engine.artifacts import FolderStore
from testmesh_engine.executor import FolderSources, RunOptions, run_flow
from testmesh_engine.language import Flow, FlowInvalidError, parse_flow
from testmesh_sdk import Resources
from tests.flows.cases import ROOT, Case
from tests.flows.seen import Seen, fault_place, seen_invalid, seen_run
from tests.flows.stub import Stub


async def carry_out(case: Case, folder: Path, stub: Stub) -> Seen:
    """Check a case's flow and run it, with flows and files found beside it."""
    registry = ActionRegistry(BUILT_IN)
    try:
        flow = parse_flow(case.source, file=str(case.path), registry=registry)
    except FlowInvalidError as invalid:
        return _relative(seen_invalid(case, invalid.diagnostics), stub)
    ended: list[StepFinished] = []
    cancel, resources = asyncio.Event(), Resources()

    def hear(event: Any) -> None:
        if isinstance(event, StepFinished):
            ended.append(event)
        if isinstance(event, StepStarted) and event.path == case.cancel:
            cancel.set()

    options = RunOptions(
        execution_id="case",
        registry=registry,
        resources=resources,
        artifacts=FolderStore(folder),
        variables=stub.variables_of(case),
        inputs=case.given.inputs,
        sources=FolderSources(registry, map(_beside, case.beside)),
        seed=case.given.seed,
    )
    outcome = await run_flow(flow, run=options, emit=hear, cancel=cancel)
    await resources.close()
    seen = seen_run(outcome.status, outcome.error_code, outcome.error_message, ended, outcome.outputs, outcome.warnings)
    seen.notes = [fault_place(found) for found in flow.notes]
    return _relative(seen, stub)


def _beside(file: str) -> Flow:
    return parse_flow((ROOT / file).read_bytes(), file=str(ROOT / file))


def _relative(seen: Seen, stub: Stub) -> Seen:
    seen.words = stub.unnamed(seen.words.replace(f"{ROOT}/", ""))
    return seen
