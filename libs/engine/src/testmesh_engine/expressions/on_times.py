"""The functions that read times and durations."""

from datetime import UTC, date, datetime, time, timedelta

from testmesh_engine.expressions.arguments import text
from testmesh_engine.expressions.durations import parse_duration
from testmesh_engine.expressions.errors import InvalidArgumentError, TypeMismatchError
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.values import described, is_number, shown


def now(_: Frame) -> object:
    return datetime.now(UTC)


def as_time(_: Frame, value: object) -> object:
    """A time with its zone from ISO 8601 text or Unix seconds; UTC where no zone is given."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
        elif isinstance(value, datetime):
            found = value
        elif isinstance(value, date):
            found = datetime.combine(value, time())
        elif is_number(value):
            return datetime.fromtimestamp(float(value), UTC)  # type: ignore[arg-type]  # just asked
        else:
            raise TypeMismatchError(f"date() takes an ISO 8601 text or Unix seconds, not {described(value)}")
    except (ValueError, OverflowError, OSError):
        raise InvalidArgumentError(f"date() cannot read {shown(value, 60)} as ISO 8601 or Unix seconds") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def as_duration(_: Frame, value: object) -> object:
    if isinstance(value, timedelta):
        return value
    try:
        return parse_duration(text(value, "duration"))
    except ValueError as error:
        raise InvalidArgumentError(f"duration(): {error}") from None
    except OverflowError:
        raise InvalidArgumentError(f"duration(): {shown(value, 60)} is longer than times can be") from None
