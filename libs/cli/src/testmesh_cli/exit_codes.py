"""What the command's exit code says; the numbers are part of the flow language (its section 7)."""

from collections.abc import Collection
from enum import IntEnum


class ExitCode(IntEnum):
    """One number for each way a command can end."""

    PASSED = 0
    FAILED = 1
    INVALID = 2
    """A flow that is none, or a command line that is none."""
    ERROR = 3
    """It could not be judged whether the tested system is right."""
    NOT_RUNNABLE = 4
    NOTHING_SELECTED = 5
    SERVER = 6
    TIMED_OUT = 124
    """The time of the whole command was up."""
    INTERRUPTED = 130


GRAVEST_FIRST = (
    ExitCode.INTERRUPTED,
    ExitCode.TIMED_OUT,
    ExitCode.SERVER,
    ExitCode.NOT_RUNNABLE,
    ExitCode.INVALID,
    ExitCode.ERROR,
    ExitCode.FAILED,
    ExitCode.NOTHING_SELECTED,
    ExitCode.PASSED,
)


def gravest(codes: Collection[ExitCode]) -> ExitCode:
    """Return the code of many flows; where there was none, nothing was selected, and that is not green."""
    return next((code for code in GRAVEST_FIRST if code in codes), ExitCode.NOTHING_SELECTED)
