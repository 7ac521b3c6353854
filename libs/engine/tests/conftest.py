"""A stage for flows: the built-in actions, a store in a temporary folder, every event kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from testmesh_contracts.events import LogLine, StepFinished, StepStarted
from testmesh_engine.actions import BUILT_IN, ActionRegistry
from testmesh_engine.artifacts import FolderStore
from testmesh_engine.executor import FlowOutcome, RunOptions, run_flow
from testmesh_engine.language import parse_flow
from testmesh_sdk import Resources


@dataclass
class Played:
    outcome: FlowOutcome
    events: list[Any] = field(default_factory=list)

    def __getitem__(self, step_id: str) -> StepFinished:
        found = [e for e in self.events if isinstance(e, StepFinished) and e.step_id == step_id]
        assert len(found) == 1
        return found[0]

    @property
    def statuses(self) -> dict[str, str]:
        return {e.step_id: e.status for e in self.events if isinstance(e, StepFinished)}

    @property
    def lines(self) -> list[str]:
        return [e.message for e in self.events if isinstance(e, LogLine)]

    @property
    def said(self) -> str:
        return "\n".join(e.model_dump_json() for e in self.events) + repr(self.outcome)

    def is_well_nested(self) -> bool:
        open_steps: list[str] = []
        for event in self.events:
            if isinstance(event, StepStarted):
                open_steps.append(event.path)
            elif isinstance(event, StepFinished) and open_steps.pop() != event.path:
                return False
        return not open_steps


Play = Callable[..., Awaitable[Played]]


@pytest.fixture
async def resources() -> AsyncIterator[Resources]:
    pool = Resources()
    yield pool
    await pool.close()


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "artifacts")


@pytest.fixture
def play(resources: Resources, store: FolderStore) -> Play:
    async def carry_out(source: str, *extra: Any, cancel: asyncio.Event | None = None, **given: Any) -> Played:
        registry = ActionRegistry((*BUILT_IN, *extra))
        flow = parse_flow(source, registry=registry)
        events: list[Any] = []
        options = RunOptions(execution_id="e-1", registry=registry, resources=resources, artifacts=store, **given)
        outcome = await run_flow(flow, run=options, emit=events.append, cancel=cancel or asyncio.Event())
        return Played(outcome, events)

    return carry_out
