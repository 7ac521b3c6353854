"""Flows of a server: found by name, created, updated; each change said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from testmesh_cli.errors import RequestRefusedError, ServerError
from testmesh_cli.mentioned import Parcel
from testmesh_cli.remote.client import ServerClient, page_of, understood
from testmesh_contracts.flows import FlowSummary, FlowView

PATIENCE_S = 10.0
YAML = {"Content-Type": "application/yaml"}
NO_HEADERS: Mapping[str, str] = {}


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


async def push(client: ServerClient, parcel: Parcel, *, dry_run: bool) -> Pushed:
    """Make the server's flow of this name be the file, with what it names; with `dry_run` only say what that would be.

    Raises:
        ServerError: the server cannot be reached, or refuses.
    """
    there = await find(client, parcel.file.checked.name)
    if there is not None and there.digest == parcel.digest:
        return Pushed("unchanged", there.version)
    if there is None:
        return Pushed("created", 1 if dry_run else await _create(client, parcel))
    return Pushed("updated", there.version + 1 if dry_run else await _update(client, parcel, there))


async def _create(client: ServerClient, parcel: Parcel) -> int:
    what = f"creating the flow {parcel.file.checked.name!r}"
    body = await client.ask("POST", "/flows", what, **_sent(parcel))
    return understood(FlowView, body, what).version


async def _update(client: ServerClient, parcel: Parcel, there: FlowSummary) -> int:
    what = f"updating the flow {there.name!r}"
    tag = f'"{there.version}"'
    try:
        body = await client.ask("PUT", f"/flows/{there.id}", what, **_sent(parcel, {"If-Match": tag}))
    except RequestRefusedError as error:
        if error.status == httpx.codes.PRECONDITION_FAILED:
            raise ServerError(f"{what}: someone else changed it meanwhile; look at it, then push again") from error
        raise
    return understood(FlowView, body, what).version


def _sent(parcel: Parcel, headers: Mapping[str, str] = NO_HEADERS) -> dict[str, Any]:
    body = parcel.body()
    if body is None:
        return {"content": parcel.file.source, "headers": {**headers, **YAML}}
    return {"json": body, "headers": dict(headers)}


async def source_of(client: ServerClient, flow_id: str, version: int | None) -> str | None:
    """Return the source of a flow where its current version is this one, to point into it."""
    try:
        body = await client.ask("GET", f"/flows/{flow_id}", f"reading the flow {flow_id}")
    except RequestRefusedError:
        # A deleted flow has no text any more; places in it are named without it.
        return None
    view = understood(FlowView, body, f"reading the flow {flow_id}")
    return view.source if view.version == version else None
