"""Why a run stops before its last step."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from testmesh_sdk import format_duration


@dataclass(frozen=True, slots=True)
class Interruption:
    """What a step that is cut off, and a run with it, ends as."""

    status: Literal["cancelled", "error"]
    code: str
    message: str


CANCELLED = Interruption("cancelled", "TM414", "the execution was cancelled")


def is_cut_off() -> bool:
    """Say whether the task that asks was told to stop, also where an action did not let that pass."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def out_of_time(seconds: float) -> Interruption:
    message = f"the flow took longer than its timeout of {format_duration(seconds)}"
    return Interruption("error", "TM411", message)


def teardown_out_of_time(seconds: float) -> Interruption:
    message = f"teardown took longer than the {format_duration(seconds)} that it has"
    return Interruption("error", "TM418", message)
