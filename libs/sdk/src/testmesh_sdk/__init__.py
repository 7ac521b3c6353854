"""What the author of a TestMesh action imports."""

from testmesh_sdk.action import Action, ActionConfig, ActionResult, Later
from testmesh_sdk.context import ActionContext, Attach, Attachment, Content, Level
from testmesh_sdk.durations import Duration, DurationInvalidError, format_duration, parse_duration
from testmesh_sdk.egress import OPEN, Egress, OpenEgress, resolve
from testmesh_sdk.errors import ActionError, ActionFailure, ActionTimeoutError
from testmesh_sdk.listening import ON_LOOPBACK, Listening
from testmesh_sdk.resources import Resources, ResourcesClosedError

__all__ = [
    "ON_LOOPBACK",
    "OPEN",
    "Action",
    "ActionConfig",
    "ActionContext",
    "ActionError",
    "ActionFailure",
    "ActionResult",
    "ActionTimeoutError",
    "Attach",
    "Attachment",
    "Content",
    "Duration",
    "DurationInvalidError",
    "Egress",
    "Later",
    "Level",
    "Listening",
    "OpenEgress",
    "Resources",
    "ResourcesClosedError",
    "format_duration",
    "parse_duration",
    "resolve",
]
