"""The header Idempotency-Key: the same key and body mean the same request, however often it is sent."""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, Header, Request

from testmesh_api.bodies import content_type
from testmesh_api.errors import KeyInvalidError
from testmesh_contracts import command_id

_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_IN_SCHEMA = "^[!-~]{1,255}$"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending of a request: its key, if it has one, and the digest of what was sent."""

    key: str | None
    digest: str

    def command_id(self, principal: str, route: str) -> UUID:
        """Return the id of the command: always the same under a key, else a new one."""
        return uuid4() if self.key is None else command_id(principal, route, self.key)


async def _attempt(
    request: Request,
    idempotency_key: Annotated[
        str | None, Header(description="Names this request for 24 hours", json_schema_extra={"pattern": _IN_SCHEMA})
    ] = None,
) -> Attempt:
    if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
        raise KeyInvalidError
    if idempotency_key is None:
        return Attempt(None, "")
    body = await request.body()
    return Attempt(idempotency_key, sha256(content_type(request).encode() + b"\x00" + body).hexdigest())


Sent = Annotated[Attempt, Depends(_attempt)]
"""A route's parameter: this sending of the request."""
