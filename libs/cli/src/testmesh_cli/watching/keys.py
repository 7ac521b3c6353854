"""Single keys from a terminal, while the screen is written to."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

MOST = 64


@contextmanager
def keys(heard: Callable[[str], None]) -> Iterator[Callable[[], None] | None]:
    """Give each key to `heard`; the value gives the terminal back, None where there is none to hear from."""
    if not _is_ours():
        yield None
        return
    import termios
    import tty

    terminal, loop = sys.stdin.fileno(), asyncio.get_running_loop()
    before = termios.tcgetattr(terminal)

    def hear() -> None:
        try:
            typed = os.read(terminal, MOST)
        except OSError:
            typed = b""  # the terminal was closed
        if not typed:
            loop.remove_reader(terminal)
        for key in typed.decode("utf-8", "replace"):
            heard(key)

    def give_back() -> None:
        with suppress(termios.error):  # a terminal that was closed needs nothing back
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)

    tty.setcbreak(terminal)
    loop.add_reader(terminal, hear)
    try:
        yield give_back
    finally:
        loop.remove_reader(terminal)
        give_back()


def _is_ours() -> bool:
    """Say whether a person sits at the terminal; a command in the background must leave it alone."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:
        return False
