"""Identifiers: time-ordered ids, the id of a command, the partition of an execution."""

import os
import time
from uuid import UUID, uuid5
from zlib import crc32

_COMMANDS = UUID("0192f6a0-6f4e-7c3e-9a51-2f5f0a6d7b10")


def uuid7(unix_ms: int | None = None) -> UUID:
    """Return a UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, 74 random bits."""
    ms = time.time_ns() // 1_000_000 if unix_ms is None else unix_ms
    random = int.from_bytes(os.urandom(10), "big")
    high = (ms & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | (random >> 68 & 0x0FFF)
    low = 0x8000_0000_0000_0000 | (random & 0x3FFF_FFFF_FFFF_FFFF)
    return UUID(int=high << 64 | low)


def command_id(principal: str, route: str, key: str) -> UUID:
    """Return the id of the command that `principal` gave on `route` under an idempotency key."""
    return uuid5(_COMMANDS, "\x1f".join((principal, route, key)))


def event_id(kind: str, subject: UUID) -> UUID:
    """Return the id of a fact that can be true of `subject` only once, however often it is said."""
    return uuid5(subject, kind)


def partition_of(execution_id: UUID, partitions: int) -> int:
    """Return the partition (0 to `partitions` - 1) that holds all that is said of an execution."""
    return 0 if partitions == 1 else crc32(execution_id.bytes) % partitions
