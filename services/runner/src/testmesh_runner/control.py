"""Steering: cancels, revocations, drains and requests to say again, as this runner hears them."""

import os
import signal
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import structlog

from testmesh_chassis.bus import Received
from testmesh_contracts.executions import CancelExecution, DrainRunner, ExecutionCompleted, ResendEvents, RunRevoked
from testmesh_runner.cancels import Cancels
from testmesh_runner.publisher import Publisher
from testmesh_runner.runners import Finding
from testmesh_runner.runs import Runs
from testmesh_runner.slots import Slots
from testmesh_runner.unconfirmed import Unconfirmed

DECIDED = "the execution has its result already"

_log = structlog.get_logger(__name__)


class Control:
    """Carries out what others decide about this runner's runs."""

    def __init__(
        self, runner_id: str, slots: Slots, publisher: Publisher, unconfirmed: Unconfirmed, runs: Runs, cancels: Cancels
    ) -> None:
        self._runner_id = runner_id
        self._slots = slots
        self._publisher = publisher
        self._unconfirmed = unconfirmed
        self._runs = runs
        self._cancels = cancels

    async def obey(self, batch: Sequence[Received[Any]]) -> None:
        """Hear what is said to all runners, and do what concerns this one."""
        for received in batch:
            message = received.message
            if isinstance(message, CancelExecution):
                self._cancel(message.execution_id, message.reason)
            elif isinstance(message, RunRevoked):
                self._revoke(message.execution_id, message.fence)
            elif isinstance(message, ResendEvents):
                self._resend(message)
            elif isinstance(message, DrainRunner) and message.runner_id == self._runner_id:
                _log.info("drain was asked for")
                os.kill(os.getpid(), signal.SIGTERM)

    async def remember_cancels(self, batch: Sequence[Received[Any]]) -> None:
        """Keep cancels for intake and heartbeats, as one member of the group for all runners."""
        cancels = [received.message for received in batch if isinstance(received.message, CancelExecution)]
        if cancels:
            await self._cancels.add(cancels)

    async def free_completed(self, batch: Sequence[Received[ExecutionCompleted]]) -> None:
        """Free what is kept of executions whose result is known."""
        execution_ids = sorted({received.message.execution_id for received in batch})
        await self._runs.confirm(execution_ids)
        self._unconfirmed.confirm(execution_ids)

    def apply_findings(self, findings: Iterable[Finding]) -> None:
        """Act on what a heartbeat found in the database."""
        for finding in findings:
            if finding.lost:
                self._revoke(finding.execution_id, finding.claim + 1)
            elif finding.reason is not None:
                self._cancel(finding.execution_id, finding.reason)
            elif finding.decided:
                self._cancel(finding.execution_id, DECIDED)

    def _cancel(self, execution_id: UUID, reason: str) -> None:
        execution = self._slots.find(execution_id)
        if execution is not None:
            execution.cancel(reason)

    def _revoke(self, execution_id: UUID, fence: int) -> None:
        execution = self._slots.find(execution_id)
        if execution is not None and execution.claim < fence:
            _log.warning("run revoked, another runner has it", execution_id=str(execution_id), claim=execution.claim)
            execution.revoke()

    def _resend(self, message: ResendEvents) -> None:
        voice = self._publisher.find(message.execution_id)
        if voice is not None and voice.place.run == message.run:
            self._publisher.say_again(voice, message.from_seq)
