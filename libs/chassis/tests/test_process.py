"""The life of a process: what was started is stopped, all of it."""

import pytest
from fastapi import FastAPI

from testmesh_chassis.health import Health
from testmesh_chassis.process import Process
from testmesh_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    service = "storage"


class Kept:
    """A part that notes that it was stopped; it may fail at that."""

    def __init__(self, stopped: list[str], name: str, error: Exception | None = None) -> None:
        self._stopped, self._name, self._error = stopped, name, error

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        self._stopped.append(self._name)
        if self._error is not None:
            raise self._error


class Unstartable(Kept):
    """Ends the process at its start."""

    async def start(self) -> None:
        raise LookupError(self._name)


@pytest.mark.integration
async def test_a_part_that_fails_to_stop_keeps_no_other_from_stopping():
    stopped: list[str] = []
    parts = [Kept(stopped, "first"), Kept(stopped, "second", ValueError("no")), Unstartable(stopped, "third")]
    process = Process(Settings(), parts, Health({}), app=FastAPI(), port=0)

    with pytest.raises(LookupError, match="third"):
        await process.run()

    assert stopped == ["second", "first"]
