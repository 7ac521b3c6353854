"""Taking over: what lost runners held, what a drain gave back, what a lost reply left unseen."""

from collections.abc import Callable

import structlog

from testmesh_runner.assignments import Assignment, Release
from testmesh_runner.heartbeat import LOST_AFTER_S, Heartbeat
from testmesh_runner.locks import Locks
from testmesh_runner.requests import Read, Requests
from testmesh_runner.runs import Runs
from testmesh_runner.slots import Slots
from testmesh_runner.unconfirmed import Unconfirmed

ENDED_AT_ONCE = 500
SECOND_LOOK_EVERY = 30

_log = structlog.get_logger(__name__)


class Takeover:
    """What a runner does at each heartbeat for work that nobody holds."""

    def __init__(
        self,
        runs: Runs,
        locks: Locks,
        slots: Slots,
        unconfirmed: Unconfirmed,
        requests: Requests,
        heartbeat: Heartbeat,
    ) -> None:
        self._runs = runs
        self._locks = locks
        self._slots = slots
        self._unconfirmed = unconfirmed
        self._requests = requests
        self._heartbeat = heartbeat
        self._lost: dict[str, None] = {}
        self._judged = 0
        self._reply_lost = False
        self._broken: set[int] = set()

    def note_broken(self, claim: int) -> None:
        """Note that a run of this runner broke down without an end: it is given back, to be run again."""
        self._broken.add(claim)
        self._reply_lost = True

    def suspect_lost_reply(self) -> None:
        """Note that the database may have given something to this runner without its knowing."""
        self._reply_lost = True

    async def take(self, begin: Callable[[Assignment], None]) -> list[Read]:
        """Begin what nobody holds, as far as there are slots; return requests that a lost runner had read.

        Raises what the stores raise; called again at the next heartbeat.
        """
        await self._take_own()
        await self._free_lost()
        for ended in await self._runs.take_ended(ENDED_AT_ONCE):
            self._unconfirmed.take_over(ended)
        await self._locks.settle_all()
        if self._slots.free:
            for assignment in await self._runs.take_free(self._slots.free):
                begin(assignment)
        if not self._slots.free:
            return []
        return await self._requests.take_abandoned(self._lost, self._slots.free)

    async def forget_lost_members(self) -> None:
        """Take lost runners out of the groups when nothing lies with them any more."""
        for runner_id in list(self._lost):
            if await self._requests.forget_member(runner_id):
                del self._lost[runner_id]

    async def _take_own(self) -> None:
        """Set free what this runner holds without knowing it; a new claim is taken on it like on any other."""
        if not self._reply_lost:
            return
        self._reply_lost = False
        known = [execution.execution_id for execution in self._slots] + self._unconfirmed.execution_ids
        held, ended = await self._runs.own(known)
        if held:
            _log.warning("rows found that nothing here runs, set free", count=len(held))
            await self._runs.release([Release(each, claim, claim in self._broken) for each, claim in held])
            self._broken.difference_update(claim for _, claim in held)
        for each in ended:
            self._unconfirmed.take_over(each)

    async def _free_lost(self) -> None:
        if not self._heartbeat.may_judge:
            return
        self._judged += 1
        again = self._judged % SECOND_LOOK_EVERY == 0
        for runner_id, freed in await self._runs.free_lost(LOST_AFTER_S, again=again):
            if runner_id not in self._lost:
                self._lost[runner_id] = None
                _log.warning("runner lost, its work is taken over", lost=runner_id, rows=freed)
