"""What the demo asks of the API: save flows and an environment, start an execution, follow it."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self, get_args

import httpx
import yaml

from testmesh_cli.local.errors import DemoError

PATIENCE_SECONDS = 60.0
EXECUTION_SECONDS = 180.0
LOOK_EVERY = 0.2
LATER = {429, 503}
CONFLICT = 409
OPEN = {"pending", "running"}
Outcome = Literal["created", "updated", "unchanged"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@dataclass(frozen=True)
class SavedFlow:
    """A flow that the server has, and what saving it came to."""

    id: str
    name: str
    outcome: Outcome


class DemoClient:
    """Speaks to one server. What it cannot answer yet is asked again for a minute; all else is an error."""

    def __init__(self, server_url: str) -> None:
        self._http = httpx.AsyncClient(base_url=f"{server_url}/api/v1", timeout=30.0, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def save_flow(self, source: str) -> SavedFlow:
        document = yaml.safe_load(source)
        name = str(document.get("flow", document)["name"])
        sent = {"content": source.encode(), "headers": {"Content-Type": "application/yaml"}}
        identity, outcome = await self._save("/flows", name, sent, source)
        return SavedFlow(identity, name, outcome)

    async def save_environment(self, name: str, variables: dict[str, str]) -> None:
        await self._save("/environments", name, {"json": {"name": name, "variables": variables}})

    async def start(self, flow_id: str, environment: str) -> str:
        body = {"flow_id": flow_id, "environment": environment}
        answer = await self._ask("POST", "/executions", {"json": body})
        return str(answer.json()["id"])

    async def follow(self, execution_id: str) -> AsyncIterator[dict[str, Any]]:
        """Its states until it has ended; the last one is final."""
        until = time.monotonic() + EXECUTION_SECONDS
        while time.monotonic() < until:
            state: dict[str, Any] = (await self._ask("GET", f"/executions/{execution_id}", {})).json()
            yield state
            if state["status"] not in OPEN:
                return
            await asyncio.sleep(LOOK_EVERY)
        raise DemoError(
            f"Following the execution {execution_id} failed: it has not ended in {EXECUTION_SECONDS:.0f} s. "
            "The logs of runner and storage say what they did."
        )

    async def _save(
        self, collection: str, name: str, sent: dict[str, Any], source: str | None = None
    ) -> tuple[str, Outcome]:
        """Create it, or make the one of this name like it; a flow that has this very source is left alone."""
        answer = await self._ask("POST", collection, sent, allowed=CONFLICT)
        if answer.status_code != CONFLICT:
            return str(answer.json()["id"]), "created"
        known = await self._id_of(collection, name)
        current = await self._ask("GET", f"{collection}/{known}", {})
        if source is not None and current.json().get("source") == source:
            return known, "unchanged"
        headers = {**sent.get("headers", {}), "If-Match": current.headers.get("ETag", "*")}
        await self._ask("PUT", f"{collection}/{known}", {**sent, "headers": headers})
        return known, "updated"

    async def _id_of(self, collection: str, name: str) -> str:
        cursor: str | None = None
        while True:
            query = {"limit": "100", **({"cursor": cursor} if cursor else {})}
            page = (await self._ask("GET", collection, {"params": query})).json()
            for item in page["items"]:
                if item["name"] == name:
                    return str(item["id"])
            cursor = page.get("next_cursor")
            if not cursor:
                raise DemoError(
                    f"Saving {name} in {collection} failed: the server says that the name is taken and lists "
                    "nothing of that name. Look at the log of storage."
                )

    async def _ask(self, method: str, path: str, sent: dict[str, Any], allowed: int | None = None) -> httpx.Response:
        until = time.monotonic() + PATIENCE_SECONDS
        # The same key each time: what was done already is not done twice.
        headers = {
            **sent.get("headers", {}),
            **({"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}),
        }
        while True:
            try:
                answer = await self._http.request(method, path, **{**sent, "headers": headers})
            except httpx.TransportError as error:
                if time.monotonic() >= until:
                    raise DemoError(f"{method} {path} failed: {error!r}. Look at the log of api.") from error
                await asyncio.sleep(LOOK_EVERY)
                continue
            if answer.status_code in LATER and time.monotonic() < until:
                await asyncio.sleep(min(float(answer.headers.get("Retry-After", "1")), 5.0))
                continue
            if answer.is_success or answer.status_code == allowed:
                return answer
            raise DemoError(f"{method} {path} failed: the server answered {answer.status_code}: {answer.text}")
