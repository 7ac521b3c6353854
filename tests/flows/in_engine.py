"""A case carried out by the engine, in this process."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from testmesh_contracts.events import StepFinished
from testmesh_engine.actions import BUILT_IN, ActionRegistry
from testmesh_engine.artifacts import FolderStore
from testmesh_engine.executor import FolderSources, RunOptions, run_flow
from testmesh_engine.language import Diagnostic, FlowInvalidError, parse_flow, render_diagnostic
from testmesh_sdk import Resources, parse_duration
from tests.flows.cases import ROOT, Case, steadied


@dataclass(slots=True)
class Seen:
    """What came of a case, in the words that it is compared by."""

    status: str
    code: str | None = None
    steps: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    words: str = ""


async def carry_out(case: Case, folder: Path) -> Seen:
    """Check a case's flow and run it, with flows and files found beside it."""
    registry, source = ActionRegistry(BUILT_IN), case.source
    try:
        flow = parse_flow(source, file=str(case.path), registry=registry)
    except FlowInvalidError as invalid:
        words = "\n".join(render_diagnostic(found, source) for found in invalid.diagnostics)
        return Seen("invalid", faults=[_place(found) for found in invalid.diagnostics], words=_relative(words))
    ended: list[StepFinished] = []
    cancel, resources = asyncio.Event(), Resources()
    if case.cancel is not None:
        asyncio.get_running_loop().call_later(parse_duration(case.cancel), cancel.set)
    options = RunOptions(
        execution_id="case",
        registry=registry,
        resources=resources,
        artifacts=FolderStore(folder),
        variables=case.variables,
        inputs=case.inputs,
        sources=FolderSources(registry),
    )
    outcome = await run_flow(
        flow, run=options, emit=lambda e: ended.append(e) if isinstance(e, StepFinished) else None, cancel=cancel
    )
    await resources.close()
    return Seen(
        status=outcome.status,
        code=outcome.error_code,
        steps={step.path: step.status for step in ended},
        outputs=outcome.outputs,
        notes=[_place(found) for found in flow.notes],
        warnings=outcome.warnings,
        words=_relative(steadied("\n".join([f"{outcome.error_code} {outcome.error_message}", *_told(ended)]))),
    )


def _place(found: Diagnostic) -> str:
    return f"{found.code} {found.line}:{found.column}"


def _told(ended: list[StepFinished]) -> list[str]:
    return [
        f"  {step.path} ({step.line}:{step.column}) {step.status} {step.error_code or '-'}: {step.error_message}"
        for step in ended
        if step.status != "passed"
    ]


def _relative(words: str) -> str:
    return words.replace(f"{ROOT}/", "") + "\n"
