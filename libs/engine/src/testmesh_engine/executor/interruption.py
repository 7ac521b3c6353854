"""Why a run stops before its last step."""

import asyncio
from typing import Literal, NamedTuple

from testmesh_sdk import format_duration


class Interruption(NamedTuple):
    """What a step that is cut off, and a run with it, ends as."""

    status: Literal["cancelled", "error"]
    code: str
    message: str


CANCELLED = Interruption("cancelled", "TM414", "the execution was cancelled")
STOPPED = Interruption("cancelled", "TM414", "the run was stopped")


class Cancel(asyncio.Event):
    """Tells a run to end with its teardown, and in a few words why; the first who tells it is believed."""

    def __init__(self) -> None:
        super().__init__()
        self.reason = ""

    def because(self, reason: str) -> None:
        if not self.is_set():
            self.reason = reason
        self.set()


def cancelled(cancel: asyncio.Event) -> Interruption:
    """Return what a run ends as that was told to."""
    reason = cancel.reason if isinstance(cancel, Cancel) else ""
    return CANCELLED._replace(message=reason) if reason else CANCELLED


def is_cut_off() -> bool:
    """Say whether the task that asks was told to stop, also where an action did not let that pass."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def halt_if_cut_off() -> None:
    """Go no further where the task was told to stop.

    Raises:
        asyncio.CancelledError: it was.
    """
    if is_cut_off():
        raise asyncio.CancelledError


def halted_by(what: str) -> Interruption:
    """Return why the steps beside one that failed are cut off."""
    return Interruption("cancelled", "TM414", f"{what} failed, and with it what ran beside it")


def step_out_of_time(step_id: str, seconds: float) -> Interruption:
    message = f"the step {step_id}, which this one is in, took longer than the {format_duration(seconds)} that it has"
    return Interruption("cancelled", "TM414", message)


def out_of_time(seconds: float) -> Interruption:
    message = f"the flow took longer than its timeout of {format_duration(seconds)}"
    return Interruption("error", "TM411", message)


def teardown_out_of_time(seconds: float) -> Interruption:
    message = f"teardown took longer than the {format_duration(seconds)} that it has"
    return Interruption("error", "TM418", message)
