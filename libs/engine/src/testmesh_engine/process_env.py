"""What flows may read of the process's environment: the names that were listed, and no other."""

from collections.abc import Collection, Mapping


class ListedEnv(dict[str, str]):
    """The variables behind `env`; of a name that is not listed it says why it cannot be read, whatever its value."""

    def __init__(self, values: Mapping[str, str], listed: Collection[str], where: str) -> None:
        super().__init__(values)
        self.listed = frozenset(listed)
        self.where = where

    def why_withheld(self, name: str) -> str | None:
        """Return why a name that is not there may not be read; None where it may, and is not set."""
        if name in self.listed:
            return None
        return f"`env.{name}` cannot be read: list {name} in env_allow of {self.where}"


class NoEnv(dict[str, str]):
    """The variables behind `env` where flows of others are run: none, and each that is read says so."""

    def why_withheld(self, name: str) -> str:
        return f"`env.{name}` cannot be read: a server's flows read nothing of its environment; give it as a variable"
