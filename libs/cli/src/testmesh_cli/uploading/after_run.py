"""The upload at the end of a local run: every flow that was begun, also after an interruption."""

import asyncio
import os
import tempfile
from collections.abc import Callable, Sequence
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


async def upload_results(
    results: Sequence[FlowResult], request: RunRequest, address: Address, *, hurry: bool, say: Say
) -> ExitCode:
    """Bring the results to the server, and tell of it; return how that ended.

    Each is written to its file before anything is sent: whatever happens then, none is lost.
    """
    begun = [result for result in results if result.status in TERMINAL and result.started_at is not None]
    kept = await asyncio.to_thread(_keep, begun, request, say)
    codes = [ExitCode.PASSED if len(kept) == len(begun) else ExitCode.SERVER]
    if kept:
        sent = await send(address, kept, say, hurry=hurry)
        tell(sent, address, request.url, request.unsent, say)
        codes.append(sent.exit_code)
    return gravest(codes)


def code_after(run: ExitCode, upload: ExitCode) -> ExitCode:
    """Return the run's own code; a green run whose results are not on the server is not all that was asked for."""
    return upload if run is ExitCode.PASSED or upload is ExitCode.INTERRUPTED else run


def _keep(results: Sequence[FlowResult], request: RunRequest, say: Say) -> list[Unsent]:
    kept, folder = list[Unsent](), request.unsent
    for result in results:
        assert result.execution_id is not None
        name = result.file.checked.name
        try:
            data = document_of(result, _origin(result, request))
        except CliError as error:
            say(f"{error}  [{error.code}]")
            continue
        try:
            kept.append(keep(folder, result.execution_id, name, data))
        except KeptError as error:
            elsewhere = Path(tempfile.gettempdir()) / "testmesh" / folder.name
            say(f"{error}: what waits to be uploaded is in {elsewhere}")
            folder = elsewhere
            kept.append(keep(folder, result.execution_id, name, data))
    return kept


def _origin(result: FlowResult, request: RunRequest) -> Origin:
    """Return where a result comes from; one of a part of a flow, or of one time of several, says so."""
    file, labels = result.file, labels_of(os.environ)
    if file.part is not None:
        labels["part"] = f"{file.part.chosen} of {file.part.total} steps: {file.part.why}"[:LONGEST]
    if file.repetition is not None:
        labels["repetition"] = "{}/{}".format(*file.repetition)
    return Origin(trigger_of(os.environ), request.settings.environment_of(file.checked), labels)
