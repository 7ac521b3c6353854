"""Log lines of an execution: which are wanted, and the recorded ones, page by page."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import get_args

from testmesh_cli.errors import ServerError
from testmesh_cli.remote.client import ServerClient, page_of, understood
from testmesh_contracts.executions import LogView
from testmesh_contracts.message import LogLevel

LEVELS: tuple[LogLevel, ...] = get_args(LogLevel)
"""From the least to the gravest."""
PAGE = 500


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines are wanted; means of live lines what the server means of recorded ones."""

    step: str | None = None
    """A step's path: the step itself, in each of its passes `[3]` and attempts `@2`, and all inside it."""
    level: LogLevel = LEVELS[0]
    """The least one."""
    text: str | None = None
    """Somewhere in the line, whatever its case."""

    def takes(self, line: LogView) -> bool:
        return self.is_inside(line.path) and self._is_grave(line.level) and self._says(line.message)

    def is_inside(self, path: str | None) -> bool:
        step = self.step
        if step is None or path is None:
            return step is None
        return path == step or path.startswith((f"{step}/", f"{step}[", f"{step}@"))

    def _is_grave(self, level: LogLevel) -> bool:
        return LEVELS.index(level) >= LEVELS.index(self.level)

    def _says(self, message: str) -> bool:
        return self.text is None or self.text.lower() in message.lower()

    def as_options(self) -> str:
        """Return what was asked for as it is asked for on a command line."""
        params = self.as_params()
        names = {"step": "--step", "level": "--level", "q": "-q"}
        return " ".join(f"{option} {params[name]}" for name, option in names.items() if name in params)

    def as_params(self) -> dict[str, str]:
        asked = {"step": self.step, "q": self.text, "level": None if self.level == LEVELS[0] else self.level}
        return {name: value for name, value in asked.items() if value is not None}


class LogReader:
    """Reads an execution's lines, each one once, whether a page or the live feed brings it first."""

    def __init__(self, client: ServerClient, execution_id: str, wanted: LogFilter = LogFilter()) -> None:
        self._client = client
        self._execution_id = execution_id
        self._wanted = wanted
        self._page: str | None = None
        self._seen: set[tuple[int, int]] = set()

    async def unread(self, *, patience: float) -> AsyncIterator[LogView]:
        """Yield the recorded lines that were not read yet.

        Raises:
            ServerError: the server stayed away, or refuses.
        """
        while True:
            items, following = await self._read(patience)
            for line in items:
                if self.is_new(line):
                    yield line
            if following is None:
                # More may come on this page later: it is where the next reading begins.
                return
            if following == self._page:
                raise ServerError(f"{self._what}: a page names itself as the one that follows it")
            self._page = following

    def is_new(self, line: LogView) -> bool:
        """Say whether a line is wanted and was not read before; it then was."""
        place = (line.run, line.seq)
        if place in self._seen or not self._wanted.takes(line):
            return False
        self._seen.add(place)
        return True

    @property
    def _what(self) -> str:
        return f"reading the log of execution {self._execution_id}"

    async def _read(self, patience: float) -> tuple[list[LogView], str | None]:
        params = {"limit": str(PAGE), **self._wanted.as_params()}
        params |= {"cursor": self._page} if self._page else {}
        path = f"/executions/{self._execution_id}/logs"
        body = await self._client.ask("GET", path, self._what, patience=patience, params=params)
        items, cursor = page_of(self._client, body, self._what)
        return [understood(LogView, item, self._what) for item in items], cursor
