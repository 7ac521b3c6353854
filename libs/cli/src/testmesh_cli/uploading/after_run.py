"""The upload at the end of a local run: every flow that was begun, also after an interruption."""

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from testmesh_cli.errors import CliError
from testmesh_cli.exit_codes import ExitCode, gravest
from testmesh_cli.remote.address import Address
from testmesh_cli.running.request import RunRequest
from testmesh_cli.running.result import FlowResult
from testmesh_cli.state.kept import KeptError
from testmesh_cli.uploading.document import Origin, document_of
from testmesh_cli.uploading.origin import LONGEST, labels_of, trigger_of
from testmesh_cli.uploading.sending import send
from testmesh_cli.uploading.telling import tell
from testmesh_cli.uploading.unsent import Unsent, keep
from testmesh_contracts.message import TERMINAL

Say = Callable[[str], None]


class Uploads:
    """The results of one run on their way to a server: each is in a file as soon as its flow has ended."""

    def __init__(self, request: RunRequest, address: Address, say: Say) -> None:
        self._request = request
        self._address = address
        self._say = say
        self._folder = request.unsent
        self._kept: list[Unsent] = []
        self._lost = 0

    async def keep(self, result: FlowResult) -> None:
        """Write down how a flow ended: whatever happens to the run from here on, this is not lost."""
        if result.status in TERMINAL and result.started_at is not None:
            await asyncio.to_thread(self._keep, result)

    async def send(self, *, hurry: bool) -> ExitCode:
        """Bring what was kept to the server, and tell of it; return how that ended."""
        codes = [ExitCode.SERVER if self._lost else ExitCode.PASSED]
        if self._kept:
            sent = await send(self._address, self._kept, self._say, hurry=hurry)
            tell(sent, self._address, self._request.url, self._folder, self._say)
            codes.append(sent.exit_code)
        return gravest(codes)

    def _keep(self, result: FlowResult) -> None:
        assert result.execution_id is not None
        name = result.file.checked.name
        try:
            data = document_of(result, _origin(result, self._request))
        except CliError as error:
            self._lost += 1
            self._say(f"{error}  [{error.code}]")
            return
        try:
            self._kept.append(self._written(result.execution_id, name, data))
        except (KeptError, OSError) as error:
            self._say(f"the result of {name!r} can be kept nowhere, and is lost if it cannot be sent: {error}")
            self._kept.append(Unsent(self._folder / result.execution_id, result.execution_id, name, data))

    def _written(self, execution_id: str, name: str, data: bytes) -> Unsent:
        try:
            return keep(self._folder, execution_id, name, data)
        except KeptError as error:
            self._folder = Path(tempfile.mkdtemp(prefix="testmesh-unsent-"))
            self._say(f"{error}: what waits to be uploaded is in {self._folder}")
            return keep(self._folder, execution_id, name, data)


def code_after(run: ExitCode, upload: ExitCode) -> ExitCode:
    """Return the run's own code; a green run whose results are not on the server is not all that was asked for."""
    return upload if run is ExitCode.PASSED or upload is ExitCode.INTERRUPTED else run


def _origin(result: FlowResult, request: RunRequest) -> Origin:
    """Return where a result comes from; one of a part of a flow, or of one time of several, says so."""
    file, labels = result.file, labels_of(os.environ)
    if file.part is not None:
        labels["part"] = f"{file.part.chosen} of {file.part.total} steps: {file.part.why}"[:LONGEST]
    if file.repetition is not None:
        labels["repetition"] = "{}/{}".format(*file.repetition)
    return Origin(trigger_of(os.environ), request.settings.environment_of(file.checked), labels)
