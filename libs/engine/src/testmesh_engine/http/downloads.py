"""Bodies that are no text: kept as artifacts, with what can be said of them in their place."""

import base64
from email.message import Message
from typing import Any

from testmesh_engine.http.asked import Answer
from testmesh_sdk import ActionContext

SHOWN_BYTES = 4096
"""A body up to this size is given in base64, too, so that its bytes can be looked at."""
_LONGEST_NAME = 100


async def kept_body(answer: Answer, context: ActionContext) -> dict[str, Any]:
    """Keep a response's body, and return what an assertion can read of it and a later step can send."""
    name = _name(answer)
    kept = await context.attach(name, answer.data, answer.content_type)
    body: dict[str, Any] = {
        "$artifact": kept.artifact_id,
        "name": kept.name,
        "content_type": answer.content_type,
        "size_bytes": kept.size_bytes,
        "sha256": kept.sha256,
    }
    if len(answer.data) <= SHOWN_BYTES:
        body["base64"] = base64.b64encode(answer.data).decode()
    return body


def _name(answer: Answer) -> str:
    """Return what the server calls the file, or else the end of its address."""
    for written in answer.all_of("content-disposition"):
        message = Message()
        message["Content-Disposition"] = written
        name = message.get_filename()
        if name:
            return _plain(name)
    return _plain(answer.url.name) or "body"


def _plain(name: str) -> str:
    """Return the last part of a path, without what is no name."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[:_LONGEST_NAME]
