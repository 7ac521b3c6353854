"""What an action is given besides its config: where it logs, keeps files, and finds what outlives the step."""

from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from testmesh_sdk.egress import OPEN, Egress
from testmesh_sdk.errors import ActionError
from testmesh_sdk.listening import ON_LOOPBACK, Listening
from testmesh_sdk.resources import Resources

Level = Literal["debug", "info", "warning", "error"]


class Attachment(NamedTuple):
    """A file that was kept; `artifact_id` is how everyone else refers to it."""

    artifact_id: str
    name: str
    size_bytes: int
    sha256: str


Content = bytes | AsyncIterable[bytes]
"""What a file is made of: all of it, or pieces as they come."""
Attach = Callable[[str, Content, str], Awaitable[Attachment]]
Read = Callable[[str], Awaitable[bytes]]


async def nothing_to_read(name: str) -> bytes:
    raise ActionError("TM456", f"{name!r} cannot be read: there are no files here")


def hide_nothing(value: str) -> None:
    """Leave a secret as it is, where nothing is recorded."""


@dataclass(slots=True)
class ActionContext:
    """One attempt of one step, seen from its action."""

    execution_id: str
    flow_name: str
    step_id: str
    path: str
    attempt: int
    """Number of this attempt, from 1."""
    deadline: float | None
    """When this attempt is cut off, by the event loop's clock (`loop.time()`); None: never."""
    variables: Mapping[str, Any]
    """The flow's variables as they are now, to read."""
    resources: Resources
    """What outlives the execution: pools of connections, shared by all executions of a runner."""
    execution: Resources
    """What lives as long as the execution: cookies, sessions, pages, servers. Closed behind its teardown, whatever
    happens; under a key that names the flow's file where a called flow shall have its own."""
    log: Callable[[Level, str], None]
    attach: Attach
    """`await context.attach(name, data, content_type)` keeps a file beside the step's result.

    A large one is given in pieces (`bytes | AsyncIterable[bytes]`), so that it is never in memory as a whole. Secrets
    in text are masked. Raises ActionError (TM445 to TM448) where it is not kept."""
    names: Mapping[str, Any] = field(default_factory=dict)
    """All that the step's config can read, for what is evaluated while the action runs; they follow the flow."""
    egress: Egress = OPEN
    listening: Listening = ON_LOOPBACK
    on_server: bool = False
    """Whether others' flows run here, too, so that what the runner itself may reach is no target."""
    local_files: bool = True
    """Whether actions may open files of the machine that they run on."""
    read_file: Read = nothing_to_read
    """`await context.read_file(path)` gives a file that the flow names, relative to the flow's own; on a server only
    what travelled with the flow: `Action.files_in` says of a config which files those are."""
    flow_file: str = ""
    """Of the flow that the step is in: paths mean another file in another flow."""
    read_artifact: Read = nothing_to_read
    """`await context.read_artifact(artifact_id)` gives back what this run kept with `attach`."""
    hide: Callable[[str], None] = hide_nothing
    """`context.hide(value)` masks a secret that came about on the way, such as a token, in all that is recorded."""
    proxies: Mapping[str, str] = field(default_factory=dict)
    """What the environment says of proxies, by the names of its variables (`HTTP_PROXY`, …); nothing on a server."""
    traceparent: str | None = None
    """The W3C trace context of the attempt, for protocols that can carry it; None where nothing is traced."""
    activity: str = ""
    """What the action is doing, such as `GET http://shop/users`; a timeout's message quotes it."""
    variables_set: dict[str, Any] = field(default_factory=dict)
    """Variables that the flow has from here on, if the step passes."""
