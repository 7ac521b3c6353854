"""What can go wrong between services.

ChassisError
├── FaultError           a question or command was refused; travels to the asker
├── NoAnswerError        nobody answered in time; nothing was promised
└── OwnershipLostError   another replica holds the lease; this one must stop writing
"""

import sys
from typing import Any

import asyncpg
from redis import exceptions as redis_exceptions


class ChassisError(Exception):
    """Root of the errors of this library."""

    code = "chassis_error"


class FaultError(ChassisError):
    """A question or command was refused for a reason that the asker is told."""

    def __init__(self, code: str, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.facts = facts


class NoAnswerError(ChassisError):
    """Nobody answered in time. The question may be asked again."""

    code = "no_answer"

    def __init__(self, topic: str, seconds: float) -> None:
        super().__init__(f"no answer on {topic} within {seconds:g} s; nothing was promised, ask again")
        self.topic = topic
        self.seconds = seconds


class OwnershipLostError(ChassisError):
    """Another replica owns what this one was about to write."""

    code = "ownership_lost"

    def __init__(self, what: str) -> None:
        super().__init__(f"another replica has taken over {what}; what was read is not written here")


_STREAM_AWAY = (
    redis_exceptions.ConnectionError,
    redis_exceptions.TimeoutError,
    redis_exceptions.BusyLoadingError,
    redis_exceptions.ReadOnlyError,
    redis_exceptions.ClusterDownError,
)
_DATABASE_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InterfaceError,
)
_CLASH = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


def is_stream_away(error: BaseException) -> bool:
    """Tell whether the stream server could not be reached or was not ready."""
    return isinstance(error, (*_STREAM_AWAY, OSError))


def is_outage(error: BaseException) -> bool:
    """Tell whether Redis or Postgres was away or asked to try again.

    Such an error says nothing about the message that was being handled, so it never counts against it.
    """
    # Who opens no session never loads SQLAlchemy, and meets none of its errors.
    sqlalchemy = sys.modules.get("sqlalchemy.exc")
    if sqlalchemy is not None and isinstance(error, sqlalchemy.DBAPIError):
        cause = getattr(error.orig, "__cause__", None)
        return isinstance(error, sqlalchemy.InterfaceError) or (cause is not None and is_outage(cause))
    if sqlalchemy is not None and isinstance(error, sqlalchemy.TimeoutError):
        return True  # no session of the pool came free in time
    if isinstance(error, ValueError):
        return False  # asyncpg's word for a value that no column takes is an InterfaceError, too
    return is_stream_away(error) or isinstance(error, (*_DATABASE_AWAY, *_CLASH))
