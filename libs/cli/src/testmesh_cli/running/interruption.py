"""Ctrl-C: the first lets teardowns run, the second ends at once."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.running.pool import Stop

SIGNALS = (signal.SIGINT, signal.SIGTERM)
_hearing: list[Callable[[signal.Signals], None]] = []
"""Who hears of signals now, the innermost block last; they are the process's, and so is this."""
RUN_ENDS = "running steps end, teardowns run; once more ends at once"


@contextmanager
def interruptible(
    stop: Stop, say: Callable[[str], None], clear: Callable[[], None], what_follows: str = RUN_ENDS
) -> Iterator[None]:
    """Turn the signals into `stop` within the block; `say` tells the person, `clear` tidies the terminal."""
    loop = asyncio.get_running_loop()

    def hear(number: signal.Signals) -> None:
        clear()
        if stop.interrupted:
            say("ended at once: teardowns were not waited for, and no report is written")
            sys.stdout.flush()
            # A step that does not let go must not keep the process: nothing of it is waited for.
            os._exit(ExitCode.INTERRUPTED)
        say(f"interrupted: {what_follows}")
        stop.interrupt("Ctrl-C" if number == signal.SIGINT else number.name)

    _hearing.append(hear)
    for number in SIGNALS:
        loop.add_signal_handler(number, _tell_innermost, number)
    try:
        yield
    finally:
        _hearing.remove(hear)
        for number in () if _hearing else SIGNALS:
            loop.remove_signal_handler(number)


def _tell_innermost(number: signal.Signals) -> None:
    _hearing[-1](number)
