"""Executions of a server: started, read, cancelled, listed."""

import json
from typing import Any
from uuid import uuid4

from testmesh_cli.errors import NoExecutionError, RequestRefusedError, ServerError
from testmesh_cli.remote.client import ServerClient, page_of, understood
from testmesh_contracts.executions import ExecutionSummary, ExecutionView
from testmesh_contracts.message import TERMINAL

START_S = 15.0
PAGE = 200
UPLOAD_S = 30.0
JSON = {"Content-Type": "application/json"}


class ResultLateError(ServerError):
    """An execution has no result when it should long have one."""

    code = "result_late"

    def __init__(self, execution_id: str, status: str, seconds: float) -> None:
        super().__init__(
            f"execution {execution_id} is still {status} after {seconds:.0f} s, longer than its timeouts allow; "
            f"look again with `testmesh results {execution_id}`"
        )


class ResultUnknownError(ServerError):
    """A server that ran an execution went away, and did not come back in time."""

    code = "result_unknown"

    def __init__(self, execution_id: str, reason: str) -> None:
        super().__init__(
            f"whether execution {execution_id} passed is not known: the server that ran it stayed away ({reason}). "
            f"When it answers again, `testmesh results {execution_id}` shows how it ended"
        )


async def start(client: ServerClient, order: dict[str, Any]) -> str:
    """Start one execution and return its id. Asked twice by the same key, the server starts it once."""
    what = "starting an execution"
    try:
        # The first try is impatient: a server that was never there is told of at once.
        await client.must_be_testmesh(what)
        headers = {"Idempotency-Key": str(uuid4())}
        body = await client.ask("POST", "/executions", what, patience=START_S, json=order, headers=headers)
        return str(body["id"])
    except (KeyError, TypeError) as error:
        raise ServerError(f"{what}: the server's answer names no execution; is it of another release?") from error


class UploadEndedOtherwiseError(ServerError):
    """The server could not read a result that it had taken, and ended it as an error."""

    code = "upload_ended_otherwise"

    def __init__(self, what: str, status: str) -> None:
        super().__init__(
            f"{what}: the server has it as {status}, which is not how it ended; the result stays here. Run the flow "
            "again to have it there"
        )


async def upload(client: ServerClient, flow_name: str, data: bytes) -> None:
    """Have the server keep the result of a local run. Its id makes it harmless to send it again.

    Raises:
        ServerError: the server cannot be reached, or refuses, or has it ended in another way.
    """
    what = f"uploading the result of {flow_name!r}"
    body = await client.ask("POST", "/executions/upload", what, patience=UPLOAD_S, content=data, headers=JSON)
    sent, there = json.loads(data).get("status"), body.get("status") if isinstance(body, dict) else None
    if there in TERMINAL and there != sent:
        raise UploadEndedOtherwiseError(what, str(there))


async def get(client: ServerClient, execution_id: str, *, patience: float = 0.0) -> ExecutionView:
    what = f"reading execution {execution_id}"
    return understood(
        ExecutionView, await client.ask("GET", f"/executions/{execution_id}", what, patience=patience), what
    )


async def cancel(client: ServerClient, execution_id: str) -> None:
    """Ask for the end of an execution; one that has ended already is no error."""
    response = await client.send("POST", f"/executions/{execution_id}/cancel", patience=START_S)
    if not response.is_success and response.status_code != 409:
        raise ServerError(f"cancelling execution {execution_id}: the server refused ({response.status_code})")


async def find(client: ServerClient, execution_id: str) -> ExecutionView:
    """Return an execution that a person named.

    Raises:
        NoExecutionError: there is none of this id.
        ServerError: the server cannot be reached, or refuses.
    """
    try:
        return await get(client, execution_id)
    except RequestRefusedError as error:
        if error.reason != NoExecutionError.code:
            raise
        raise NoExecutionError(client.address.shown, execution_id) from error


async def list_newest(client: ServerClient, status: str | None, most: int) -> list[ExecutionSummary]:
    """Return the newest executions, page by page."""
    what = "listing executions"
    found: list[ExecutionSummary] = []
    cursor: str | None = None
    while len(found) < most:
        params = {"limit": str(min(most - len(found), PAGE))}
        params |= {"status": status} if status else {}
        params |= {"cursor": cursor} if cursor else {}
        body = await client.ask("GET", "/executions", what, params=params)
        items, cursor = page_of(client, body, what)
        found += [understood(ExecutionSummary, item, what) for item in items]
        if not items or not cursor:
            break
    if not found:
        await client.must_be_testmesh(what)
    return found[:most]
