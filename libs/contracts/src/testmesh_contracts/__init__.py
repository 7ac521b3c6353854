"""Topics and messages of TestMesh: all that its services say to each other, and to yours.

A name is loaded when it is first used: whoever needs one kind of message does not wait for all of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from testmesh_contracts.envelope import Entry, EntryInvalidError, decode, encode, read_entry
    from testmesh_contracts.ids import command_id, event_id, partition_of, uuid7
    from testmesh_contracts.message import TERMINAL, Message, message_type
    from testmesh_contracts.topics import TOPICS, Topic, topic

_MODULES = {
    "TERMINAL": "message",
    "TOPICS": "topics",
    "command_id": "ids",
    "decode": "envelope",
    "encode": "envelope",
    "Entry": "envelope",
    "EntryInvalidError": "envelope",
    "event_id": "ids",
    "Message": "message",
    "message_type": "message",
    "partition_of": "ids",
    "read_entry": "envelope",
    "Topic": "topics",
    "topic": "topics",
    "uuid7": "ids",
}

__all__ = [
    "TERMINAL",
    "TOPICS",
    "Entry",
    "EntryInvalidError",
    "Message",
    "Topic",
    "command_id",
    "decode",
    "encode",
    "event_id",
    "message_type",
    "partition_of",
    "read_entry",
    "topic",
    "uuid7",
]


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)
