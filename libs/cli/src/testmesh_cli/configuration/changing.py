"""A setting written into a configuration file: checked before and after, and never in halves."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from testmesh_cli.configuration.document import WHAT, Owner, parse_config, tree_of
from testmesh_cli.configuration.editing import with_value
from testmesh_cli.configuration.errors import ConfigInvalidError, NotEditableError, UnknownKeyError
from testmesh_cli.configuration.keys import OF_USER, Key, known_key, nearest_key, plain_value
from testmesh_cli.errors import UsageError
from testmesh_cli.replacing import replace_file
from testmesh_engine.language import FlowInvalidError
from testmesh_engine.language.diagnostics import Faults
from testmesh_engine.language.document import read_document

NEW = "version: 1\n"


def set_value(path: Path, owner: Owner, name: str, text: str, environment: Mapping[str, str]) -> Any:
    """Write a setting's value into a file, which is made if there is none; return the value.

    Raises:
        UnknownKeyError: there is no such setting, or not in such a file.
        ConfigInvalidError: the file has faults already.
        NotEditableError: the value is none for this setting, or cannot be written without touching more than it.
        UsageError: it cannot be read or written.
    """
    key, value = _key(name, owner), _value(name, text)
    target = path.resolve()
    source = _read(target)
    parse_config(source, path, owner, environment)
    old = source.decode()
    marked = old.startswith("\ufeff")
    new = with_value(old.removeprefix("\ufeff"), key.name.split("."), value)
    data = (("\ufeff" if marked else "") + new).encode()
    _assert_sound(data, path, owner, environment, key)
    _assert_nothing_else(old, new, key, value)
    _write(target, data)
    return value


def _key(name: str, owner: Owner) -> Key:
    key = known_key(name)
    if name == "url":
        raise UnknownKeyError("url is no key of a file: write environments.NAME.api_url, and choose that environment")
    if key is None:
        raise UnknownKeyError(f"there is no setting {name!r}; {nearest_key(name, ())}")
    if owner == "user" and name.partition(".")[0] not in OF_USER:
        raise UnknownKeyError(f"{name} is no key of {WHAT[owner]}: it belongs into .testmesh.yaml, without --user")
    return key


def _value(name: str, text: str) -> Any:
    """Read a word of the command line as YAML would, where it is a number, a truth, quoted, a list or a map."""
    key = known_key(name)
    if key is not None and key.text:
        return text
    if text[:1] not in ("[", "{", '"', "'"):
        return plain_value(text)
    faults = Faults("VALUE")
    try:
        value = read_document(text, faults, "value").plain()
        faults.stop_if_any()
    except FlowInvalidError as error:
        raise UsageError(f"the value of {name} cannot be read: {error}") from error
    return value


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return NEW.encode()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error


def _assert_sound(data: bytes, path: Path, owner: Owner, environment: Mapping[str, str], key: Key) -> None:
    try:
        parse_config(data, path, owner, environment)
    except ConfigInvalidError as error:
        fault = error.faults[0]
        said = f"{fault.code} {fault.message}{fault.hint and '; '}{fault.hint}"
        raise NotEditableError(f"{key.name} is not set, {path} is as it was: {said}") from error


def _assert_nothing_else(old: str, new: str, key: Key, value: Any) -> None:
    wanted = _plain(old)
    inner = wanted
    *above, last = key.name.split(".")
    for name in above:
        inner = inner.setdefault(name, {})
    inner[last] = value
    if _compared(wanted) != _compared(_plain(new)):
        raise NotEditableError(f"{key.name} is not changed: other values would change with it; change it by hand")


def _plain(text: str) -> dict[str, Any]:
    root = tree_of(text.removeprefix("\ufeff"), Faults("new"))
    return {} if root is None else dict(root.plain())


def _compared(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _write(path: Path, data: bytes) -> None:
    try:
        replace_file(path, data, durable=True)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}; it is as it was") from error
