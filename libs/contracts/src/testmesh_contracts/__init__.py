"""Topics and messages of TestMesh: all that its services say to each other, and to yours."""

from testmesh_contracts.envelope import Entry, EntryInvalidError, decode, encode, read_entry
from testmesh_contracts.ids import command_id, event_id, partition_of, uuid7
from testmesh_contracts.message import TERMINAL, Message, message_type
from testmesh_contracts.topics import TOPICS, Topic, topic

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
