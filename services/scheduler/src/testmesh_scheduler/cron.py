"""Cron expressions in a time zone: which slot comes next.

cronsim follows Debian's cron over changes of the clock: a slot that the clock jumps over fires right
after the jump, one that comes twice fires once.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from testmesh_scheduler.errors import ScheduleInvalidError

NAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def next_slot(expression: str, timezone: str, after: datetime) -> datetime:
    """Return the first slot later than `after`, in UTC; ScheduleInvalidError where there is none."""
    zone = _zone(timezone)
    try:
        slot = next(CronSim(NAMES.get(expression.strip(), expression), after.astimezone(zone)))
    except CronSimError as error:
        raise ScheduleInvalidError(
            "/cron_expression",
            f"{expression!r} is no cron expression ({error}); five fields such as '*/5 * * * *', or @daily",
        ) from error
    except StopIteration as error:
        raise ScheduleInvalidError("/cron_expression", f"{expression!r} names no moment within 50 years") from error
    return slot.astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ScheduleInvalidError(
            "/timezone", f"{name!r} is no time zone; an IANA name such as 'Europe/Berlin'"
        ) from error
