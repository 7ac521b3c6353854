"""Files that steps left on a server: listed, and downloaded with their digest checked."""

import hashlib
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path

import httpx

from testmesh_cli.errors import NoExecutionError, RequestRefusedError, ServerError
from testmesh_cli.remote.client import ServerClient, page_of, reason_of, understood
from testmesh_contracts.executions import ArtifactView

PAGE = 500
SILENCE_S = 60.0


class ArtifactChangedError(ServerError):
    """What came is not what the runner stored; nothing was written."""

    code = "TM449"

    def __init__(self, what: str, size: int, view: ArtifactView) -> None:
        super().__init__(
            f"{what}: {size} of {view.size_bytes} bytes came, and their digest is not that of the file; it was not "
            "written. Download it again"
        )


async def of_execution(client: ServerClient, execution_id: str, step: str | None) -> AsyncIterator[ArtifactView]:
    """Yield the files of an execution, oldest first.

    Raises:
        NoExecutionError: there is none of this id.
        ServerError: the server cannot be reached, or refuses.
    """
    what = f"listing the artifacts of execution {execution_id}"
    params = {"limit": str(PAGE)} | ({"step": step} if step else {})
    while True:
        try:
            body = await client.ask("GET", f"/results/{execution_id}/artifacts", what, params=params)
        except RequestRefusedError as error:
            if error.reason != NoExecutionError.code:
                raise
            raise NoExecutionError(client.address.shown, execution_id) from error
        items, cursor = page_of(client, body, what)
        for item in items:
            yield understood(ArtifactView, item, what)
        if cursor is None:
            return
        params["cursor"] = cursor


async def download(client: ServerClient, view: ArtifactView, target: Path) -> None:
    """Write a file to its place, whole or not at all.

    Raises:
        ServerError: the server cannot give it, or gives something else.
        OSError: it cannot be written.
    """
    what = f"downloading {view.name!r} of step {view.path}"
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".testmesh-{secrets.token_hex(8)}.part")
    digest, size = hashlib.sha256(), 0
    try:
        with part.open("xb") as file:
            async with aclosing(_pieces(client, view, what)) as pieces:
                async for piece in pieces:
                    file.write(piece)
                    digest.update(piece)
                    size += len(piece)
        if digest.hexdigest() != view.sha256:
            raise ArtifactChangedError(what, size, view)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


async def _pieces(client: ServerClient, view: ArtifactView, what: str) -> AsyncGenerator[bytes, None]:
    try:
        response = await client.open(f"/artifacts/{view.id}", params={}, headers={}, silence=SILENCE_S)
        async with aclosing(response):
            if not response.is_success:
                await response.aread()
                raise _refused(client, response, what)
            async for piece in response.aiter_raw():
                yield piece
    except httpx.RequestError as error:
        raise ServerError(f"{what}: {reason_of(error)}; nothing of it was written. Try again") from error


def _refused(client: ServerClient, response: httpx.Response, what: str) -> ServerError:
    try:
        body = response.json()
    except ValueError:
        return client.foreign_error(f"{what}: HTTP {response.status_code}, no JSON")
    return RequestRefusedError(what, response.status_code, body if isinstance(body, dict) else {})
