"""Ctrl-C: the first lets teardowns run, the second ends at once."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.running.pool import Stop
from testmesh_cli.scratch import end_at_once

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_hearing: list[Callable[[signal.Signals], None]] = []
"""Who hears of signals now, the innermost block last; they are the process's, and so is this."""
AT_ONCE = "ended at once: teardowns were not waited for, and no report is written"
RUN_ENDS = "running steps end, teardowns run; once more ends at once"


@contextmanager
def interruptible(
    stop: Stop, say: Callable[[str], None], clear: Callable[[], None], what_follows: str = RUN_ENDS
) -> Iterator[None]:
    """Turn the signals into `stop` within the block; `say` tells the person, `clear` tidies the terminal."""
    loop = asyncio.get_running_loop()

    def hear(number: signal.Signals) -> None:
        again = stop.interrupted
        try:
            clear()
            say(AT_ONCE if again else f"interrupted: {what_follows}")
        finally:
            # Also where the terminal is gone, and nothing can be said.
            if again:
                end_at_once(ExitCode.INTERRUPTED)
            stop.interrupt("Ctrl-C" if number == signal.SIGINT else number.name)

    numbers = signals()
    _hearing.append(hear)
    for number in numbers:
        loop.add_signal_handler(number, _tell_innermost, number)
    try:
        yield
    finally:
        _hearing.remove(hear)
        for number in () if _hearing else numbers:
            loop.remove_signal_handler(number)


def signals() -> tuple[signal.Signals, ...]:
    """Return the signals that end a command with its teardowns; one that `nohup` ignores stays ignored."""
    hangs_up = signal.getsignal(signal.SIGHUP) != signal.SIG_IGN
    return _SIGNALS if hangs_up else _SIGNALS[:-1]


def _tell_innermost(number: signal.Signals) -> None:
    _hearing[-1](number)
