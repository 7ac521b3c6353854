"""All sources together: for each setting the value of the highest, and what it overrode."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from testmesh_cli.configuration.document import ConfigDocument, read_config
from testmesh_cli.configuration.dotenv import Entry, read_dotenv
from testmesh_cli.configuration.errors import ConfigInvalidError
from testmesh_cli.configuration.files import ConfigFiles, find_files
from testmesh_cli.configuration.keys import BY_NAME, SERVER, URL, Key, api_url, plain_value
from testmesh_cli.configuration.origins import Found, Origin
from testmesh_cli.errors import UsageError
from testmesh_cli.remote.address import Address, server_address
from testmesh_engine.language.diagnostics import Faults
from testmesh_engine.language.nodes import Node


class Configuration(NamedTuple):
    """What flags, process environment, `.env` and files say; nothing is asked of them before it is needed."""

    files: ConfigFiles
    flags: Mapping[str, Any]
    environment: Mapping[str, str]
    dotenv: Mapping[str, Entry]
    documents: tuple[ConfigDocument, ...]
    """The project's and then the user's, as far as they are there."""

    def candidates(self, key: Key) -> list[Found]:
        """Return the values that sources give a setting, the highest first; the default is the last."""
        found = [*self._of_command(key), *self._of_files(key)]
        if key.default is not None:
            value, whence = key.default()
            found.append(Found(key.name, value, Origin("default", whence)))
        return found

    def found(self, key: Key) -> Found | None:
        """Return the value that counts; None where no source gives one.

        Raises:
            ConfigInvalidError: a name that its text refers to is not set.
        """
        found = next(iter(self.candidates(key)), None)
        if found is not None and found.missing:
            raise ConfigInvalidError(found.missing)
        return found

    def value(self, name: str) -> Any:
        """Return what the value that counts means, such as the seconds of a duration; None where there is none.

        Raises:
            UsageError: it means nothing.
            ConfigInvalidError: a name that its text refers to is not set.
        """
        key = BY_NAME[name]
        found = self.found(key)
        if found is None:
            return None
        faults = Faults(found.origin.place)
        meant = key.judge(_node_of(found.value), "", faults)
        if faults.found:
            fault = faults.found[0]
            raise UsageError(f"{found.origin.place}: {fault.message}{fault.hint and '; '}{fault.hint}")
        return meant

    def named(self, name: str) -> Any:
        """Return what flag, process environment or `.env` say of a setting: who starts the command, no file."""
        return self.value(name) if self._of_command(BY_NAME[name]) else None

    def server(self) -> Address:
        """Return the address of the server to ask.

        Raises:
            UsageError: what was named is no address.
        """
        flag = self.flags.get(URL)
        found = None if flag is not None else self.found(SERVER)
        named = None if found is None else (str(found.value), f"from {found.origin.place}")
        return server_address(flag, self.environment, named)

    def readable_environment(self) -> dict[str, str]:
        """Return the process environment over the lines of `.env`."""
        return _over_dotenv(self.dotenv, self.environment)

    def environment_names(self) -> dict[str, str]:
        """Return every environment that a file has, and where."""
        names: dict[str, str] = {}
        for document in self.documents:
            for name, place in document.environments.items():
                names.setdefault(name, place)
        return names

    def _of_command(self, key: Key) -> list[Found]:
        found = []
        if self.flags.get(key.name) is not None:
            found.append(Found(key.name, self.flags[key.name], Origin("flag", key.flag or key.name)))
        if key.variable is not None:
            if given := self.environment.get(key.variable):
                found.append(Found(key.name, _as_written(key, given), Origin("environment", key.variable)))
            if (entry := self.dotenv.get(key.variable)) is not None and entry.value:
                place = f"{self.files.dotenv}:{entry.line}"
                found.append(Found(key.name, _as_written(key, entry.value), Origin("dotenv", place)))
        return found

    def _of_files(self, key: Key) -> Iterator[Found]:
        name = key.name
        if name == URL:
            chosen = self.value("defaults.environment")
            if chosen is None:
                return
            name = api_url(chosen).name
        for document in self.documents:
            if name in document.found:
                yield document.found[name]


def load_configuration(
    flags: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Configuration:
    """Read what there is: by default, of this process and the folder that it was started in.

    Args:
        flags: By the settings' names, what the command line gives; None where it does not.
        environment: The process environment.
        folder: Where the search for `.testmesh.yaml` begins.

    Raises:
        UsageError: a file cannot be read.
        ConfigInvalidError: a file has faults.
    """
    environment = os.environ if environment is None else environment
    files = find_files(folder or Path(), environment)
    dotenv = _read_dotenv(files.dotenv)
    readable = _over_dotenv(dotenv, environment)
    documents = []
    if files.project is not None:
        documents.append(read_config(files.project, "project", readable))
    if files.user.is_file():
        documents.append(read_config(files.user, "user", readable))
    return Configuration(files, dict(flags or {}), environment, dotenv, tuple(documents))


def readable_environment(files: ConfigFiles, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the names that the files' `${NAME}` may mean.

    Raises:
        UsageError: `.env` cannot be read.
    """
    return _over_dotenv(_read_dotenv(files.dotenv), environment)


def _over_dotenv(dotenv: Mapping[str, Entry], environment: Mapping[str, str]) -> dict[str, str]:
    return {**{name: entry.value for name, entry in dotenv.items()}, **environment}


def _read_dotenv(path: Path | None) -> dict[str, Entry]:
    if path is None:
        return {}
    try:
        return read_dotenv(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _as_written(key: Key, text: str) -> Any:
    return text if key.text else plain_value(text)


def _node_of(value: Any) -> Node:
    if isinstance(value, dict):
        return Node({key: _node_of(member) for key, member in value.items()}, (1, 1))
    if isinstance(value, list | tuple):
        return Node([_node_of(item) for item in value], (1, 1))
    return Node(value, (1, 1))
