"""What the scheduler refuses.

FaultError
├── ScheduleNotFoundError   schedule_not_found
├── ScheduleNameTakenError  schedule_name_taken
├── ScheduleInvalidError    schedule_invalid
└── VersionStaleError       version_stale
"""

from uuid import UUID

from testmesh_chassis.errors import FaultError


class ScheduleNotFoundError(FaultError):
    """No schedule of the project has that id."""

    def __init__(self, schedule_id: UUID) -> None:
        super().__init__("schedule_not_found", f"there is no schedule {schedule_id}", schedule_id=str(schedule_id))


class ScheduleNameTakenError(FaultError):
    """Another schedule of the project has that name."""

    def __init__(self, name: str) -> None:
        super().__init__("schedule_name_taken", f"a schedule named {name!r} exists already", name=name)


class ScheduleInvalidError(FaultError):
    """A field of the schedule says nothing that a clock can follow."""

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__("schedule_invalid", reason, pointer=pointer)


class VersionStaleError(FaultError):
    """The schedule was changed since it was read."""

    def __init__(self, current: int) -> None:
        super().__init__("version_stale", f"the schedule is at version {current} now; read it again", current=current)
