"""Where the person's commands come from: a terminal with line editing and history, or a pipe."""

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

PROMPT = "(debug) "
Complete = Callable[[str], Sequence[str]]


class Prompt:
    """Asks for one command after another. History is of this session alone: values that are set may be secret."""

    def __init__(self, complete: Complete) -> None:
        self.waits = False
        """Whether the person is asked now: an interrupt is then for the line that is being typed."""
        self.is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        if self.is_terminal:
            _edit_lines(complete)

    def ask(self) -> str | None:
        """Return the next line; None where there is none any more.

        Raises:
            KeyboardInterrupt: the person let the line be.
        """
        self.waits = True
        try:
            return self._asked()
        finally:
            self.waits = False

    def _asked(self) -> str | None:
        if self.is_terminal:
            try:
                return input(PROMPT)
            except EOFError:
                sys.stdout.write("\n")
                return None
        sys.stdout.write(PROMPT)
        sys.stdout.flush()
        line = sys.stdin.readline()
        # what was asked belongs to the answer, where nobody sees it typed
        sys.stdout.write(line if line.endswith("\n") else f"{line}\n")
        return line.rstrip("\n") if line else None


def _edit_lines(complete: Complete) -> None:
    """Have `input` edit lines, recall them, and complete words; a Python without readline does without."""
    with suppress(ImportError):
        import readline

        def completed(text: str, state: int) -> str | None:
            if state == 0:
                found[:] = [word for word in complete(readline.get_line_buffer()) if word.startswith(text)]
            return found[state] if state < len(found) else None

        found: list[str] = []
        readline.set_completer(completed)
        readline.set_completer_delims(" \t=")
        is_libedit = "libedit" in (readline.__doc__ or "")
        readline.parse_and_bind("bind ^I rl_complete" if is_libedit else "tab: complete")
