"""Sends results to a server, each until it has it or the time is up; its id makes that harmless to repeat."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from testmesh_cli.errors import CliError, RequestRefusedError, ServerError, UsageError
from testmesh_cli.exit_codes import ExitCode, gravest
from testmesh_cli.remote import executions
from testmesh_cli.remote.address import Address
from testmesh_cli.remote.client import ServerClient
from testmesh_cli.running.interruption import interruptible
from testmesh_cli.running.pool import Stop
from testmesh_cli.uploading.unsent import Unsent

AT_ONCE = 4
MOST_S = 120.0
MOST_INTERRUPTED_S = 10.0
NEVER_TAKEN = (409, 413, 422)
"""The id is another's, the result is too large, or it cannot be: no time changes that."""


class UploadLateError(ServerError):
    """The time for uploads is up, or somebody interrupted them."""

    code = "upload_late"

    def __init__(self, url: str, seconds: float | None) -> None:
        why = "the upload was interrupted" if seconds is None else f"{url} did not take it within {seconds:.0f} s"
        super().__init__(f"{why}; whether the server has it is not known, and sending it again is harmless")


def is_final(error: CliError) -> bool:
    """Say whether a server would refuse a result again, however often it is sent."""
    refused = isinstance(error, RequestRefusedError) and error.status in NEVER_TAKEN
    return refused or isinstance(error, executions.UploadEndedOtherwiseError)


@dataclass(slots=True)
class Sent:
    """What became of results that were sent."""

    there: list[Unsent] = field(default_factory=list)
    failed: list[tuple[Unsent, CliError]] = field(default_factory=list)
    interrupted: bool = False

    @property
    def exit_code(self) -> ExitCode:
        if self.interrupted:
            return ExitCode.INTERRUPTED
        return gravest([error.exit_code for _, error in self.failed] or [ExitCode.PASSED])


async def send(address: Address, results: Sequence[Unsent], say: Callable[[str], None], *, hurry: bool) -> Sent:
    """Send results, some at once; a file is removed when the server has what is in it.

    Args:
        address: Of the server.
        results: What to send.
        say: Hears of outages and interruptions.
        hurry: Whether somebody who interrupted the run waits for its end.
    """
    sent, stop = Sent(), Stop()
    left = deque(results)
    seconds = MOST_INTERRUPTED_S if hurry else MOST_S
    async with ServerClient(address, say) as client:
        with interruptible(stop, say, lambda: None, "what is not sent is kept; once more ends at once"):
            await _until(stop.event, _send_all(client, left, sent), seconds)
    sent.interrupted = stop.interrupted
    told = {result.execution_id for result in (*sent.there, *(result for result, _ in sent.failed))}
    late = UploadLateError(address.shown, None if stop.interrupted else seconds)
    sent.failed += [(result, late) for result in results if result.execution_id not in told]
    return sent


async def _until(stopped: asyncio.Event, sending: Coroutine[Any, Any, None], seconds: float) -> None:
    """Let the sending go on to its end, or for so long, or until it is stopped."""
    work, stop = asyncio.create_task(sending), asyncio.create_task(stopped.wait())
    await asyncio.wait((work, stop), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in (work, stop):
        task.cancel()
    await asyncio.wait((work, stop))
    if not work.cancelled():
        work.result()


async def _send_all(client: ServerClient, left: deque[Unsent], sent: Sent) -> None:
    try:
        # A server that was never there is told of at once, and once.
        await client.must_be_testmesh("uploading results")
    except CliError as error:
        sent.failed += [(result, error) for result in left]
        return

    async def work() -> None:
        while left:
            result = left.popleft()
            try:
                data = result.data
                if data is None:
                    data = await asyncio.to_thread(result.path.read_bytes)
                await executions.upload(client, result.flow_name, data)
            except CliError as error:
                sent.failed.append((result, error))
            except FileNotFoundError:
                # Somebody else sends what waits, too, and the server has this one.
                sent.there.append(result)
            except OSError as error:
                sent.failed.append((result, UsageError(f"{result.path} cannot be read: {error.strerror or error}")))
            else:
                sent.there.append(result)
                with suppress(OSError):  # one that stays is sent again, which is harmless
                    await asyncio.to_thread(result.path.unlink, missing_ok=True)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(AT_ONCE, len(left))):
            group.create_task(work())
