"""Flows of a server: found by name, created, updated; each change said."""

from dataclasses import dataclass
from typing import Literal

import httpx

from testmesh_cli.errors import RequestRefusedError, ServerError
from testmesh_cli.remote.client import ServerClient, page_of, understood
from testmesh_cli.sources import FlowFile
from testmesh_contracts.flows import FlowSummary, FlowView

PATIENCE_S = 10.0
YAML = {"Content-Type": "application/yaml"}


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a file that was pushed."""

    outcome: Literal["created", "updated", "unchanged"]
    version: int


async def find(client: ServerClient, name: str) -> FlowSummary | None:
    """Return the flow of exactly this name."""
    what = f"looking for the flow {name!r}"
    body = await client.ask("GET", "/flows", what, params={"name": name})
    items, _ = page_of(client, body, what)
    flows = [understood(FlowSummary, item, what) for item in items]
    if not flows:
        await client.must_be_testmesh(what)
    return next((flow for flow in flows if flow.name == name), None)


async def push(client: ServerClient, file: FlowFile, *, dry_run: bool) -> Pushed:
    """Make the server's flow of this name be the file; with `dry_run` only say what that would be.

    Raises:
        ServerError: the server cannot be reached, or refuses.
    """
    flow = file.checked
    there = await find(client, flow.name)
    if there is not None and there.digest == flow.digest:
        return Pushed("unchanged", there.version)
    if there is None:
        return Pushed("created", 1 if dry_run else await _create(client, file))
    return Pushed("updated", there.version + 1 if dry_run else await _update(client, file, there))


async def _create(client: ServerClient, file: FlowFile) -> int:
    what = f"creating the flow {file.checked.name!r}"
    body = await client.ask("POST", "/flows", what, content=file.source, headers=YAML)
    return understood(FlowView, body, what).version


async def _update(client: ServerClient, file: FlowFile, there: FlowSummary) -> int:
    what = f"updating the flow {there.name!r}"
    tag = f'"{there.version}"'
    try:
        sent = YAML | {"If-Match": tag}
        body = await client.ask("PUT", f"/flows/{there.id}", what, content=file.source, headers=sent)
    except RequestRefusedError as error:
        if error.status == httpx.codes.PRECONDITION_FAILED:
            raise ServerError(f"{what}: someone else changed it meanwhile; look at it, then push again") from error
        raise
    return understood(FlowView, body, what).version


async def source_of(client: ServerClient, flow_id: str, version: int | None) -> str | None:
    """Return the source of a flow where its current version is this one, to point into it."""
    try:
        body = await client.ask("GET", f"/flows/{flow_id}", f"reading the flow {flow_id}")
    except RequestRefusedError:
        # A deleted flow has no text any more; places in it are named without it.
        return None
    view = understood(FlowView, body, f"reading the flow {flow_id}")
    return view.source if view.version == version else None
