"""The settings: what each is called, how its value is read, and who may give it."""

import os
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from testmesh_cli.remote.address import is_address
from testmesh_engine.language.diagnostics import Faults, did_you_mean, pointer_to
from testmesh_engine.language.fields import Fields
from testmesh_engine.language.models import FLOW_TIMEOUT_S
from testmesh_engine.language.nodes import Node
from testmesh_engine.language.scalars import NumberTooLongError, read_plain
from testmesh_engine.names import is_name
from testmesh_sdk import ON_LOOPBACK, format_duration

MOST_JOBS = 256
MOST_RETRIES = 10
URL = "url"
ENVIRONMENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}", re.ASCII)
ENVIRONMENT_HINT = "use letters, digits, - and _"
PATTERNS = ("environments.NAME.api_url", "environments.NAME.variables.VARIABLE")
_HERE = "mock servers are for this machine alone"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class Key(NamedTuple):
    """One setting; `read` puts what is wrong with a value into the fields' faults."""

    name: str
    read: Callable[[Fields, str], Any]
    variable: str | None = None
    flag: str | None = None
    default: Callable[[], tuple[Any, str]] | None = None
    """The value where nothing gives one, as a file would have it, and whence it is."""
    text: bool = False
    """Whether the value is a text, also one that looks like a number."""

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]

    def judge(self, node: Node, pointer: str, faults: Faults) -> Any:
        """Return what a value means; where it means nothing, the faults say so."""
        alone = Node({self.last: node}, node.place, key_places={self.last: node.place})
        return self.read(Fields(alone, pointer, faults, what="a configuration", known=(self.last,)), self.last)


def _text(fields: Fields, key: str) -> Any:
    return fields.text(key, required=True)


def _url(fields: Fields, key: str) -> Any:
    url = fields.text(key, required=True)
    if url and not is_address(url):
        fields.wrong(key, f'"{key}" is no server address', "write it as http://HOST:PORT", "TM204")
    return url


def _env_allow(fields: Fields, key: str) -> Any:
    names = fields.texts(key)
    for at, name in enumerate(names):
        if not _VARIABLE.fullmatch(name):
            node = fields.items(key)[at]
            pointer = pointer_to(fields.pointer_of(key), at)
            hint = "use letters, digits and _, not a digit first"
            fields.faults.add("TM204", f'"{name}" cannot name an environment variable', node.place, pointer, hint)
    return names


def _plugins(fields: Fields, key: str) -> Any:
    seen: set[str] = set()
    for at, node in enumerate(fields.items(key, hint="begin each plugin with a dash")):
        pointer = pointer_to(fields.pointer_of(key), at)
        inner = Fields(node, pointer, fields.faults, what="a plugin", known=("name", "version", "config"))
        name = inner.text("name", required=True)
        inner.text("version")
        inner.members("config")
        if name in seen:
            inner.wrong("name", f'the plugin "{name}" is here twice', code="TM204")
        seen.add(name or "")
    return [node.plain() for node in fields.items(key)]


def _any(fields: Fields, key: str) -> Any:
    del key
    return fields


FIXED = (
    Key("version", lambda fields, key: fields.integer(key, default=1, least=1, most=1)),
    Key("project", _text, text=True),
    Key("defaults.environment", _text, "TESTMESH_ENVIRONMENT", "-e", text=True),
    Key(
        "defaults.timeout",
        lambda fields, key: fields.duration(key),
        "TESTMESH_TIMEOUT",
        default=lambda: (format_duration(FLOW_TIMEOUT_S), "of the flow language"),
    ),
    Key(
        "defaults.retry",
        lambda fields, key: fields.integer(key, default=0, least=0, most=MOST_RETRIES),
        "TESTMESH_RETRY",
        default=lambda: (0, "nothing is tried again"),
    ),
    Key(
        "defaults.jobs",
        lambda fields, key: fields.integer(key, default=1, least=1, most=MOST_JOBS),
        "TESTMESH_JOBS",
        "-j",
        default=lambda: (min(os.cpu_count() or 1, MOST_JOBS), "the cores of this machine"),
    ),
    Key("defaults.mock_host", _text, "TESTMESH_MOCK_HOST", default=lambda: (ON_LOOPBACK.host, _HERE), text=True),
    Key("defaults.mock_bind", _text, "TESTMESH_MOCK_BIND", default=lambda: (ON_LOOPBACK.bind, _HERE), text=True),
    Key("plugins", _plugins),
    Key("env_allow", _env_allow),
)
SERVER = Key(URL, _url, "TESTMESH_URL", "--url", text=True)
"""The server's address; no file holds it under this name, but as the `api_url` of the chosen environment."""
BY_NAME = {key.name: key for key in (*FIXED, SERVER)}
ROOT = ("version", "project", "environments", "defaults", "plugins", "env_allow")
OF_USER = ("version", "environments", "defaults")
"""The keys of a user's own file: what a flow tests with must not differ by who runs it, unless he chooses it."""
DEFAULTS = ("environment", "timeout", "retry", "jobs", "mock_host", "mock_bind")


def api_url(environment: str) -> Key:
    return Key(f"environments.{environment}.api_url", _url, text=True)


def variable(environment: str, name: str) -> Key:
    return Key(f"environments.{environment}.variables.{name}", _any)


def known_key(name: str) -> Key | None:
    """Return the setting of this name; None where there is none."""
    parts = name.split(".")
    if parts[0] != "environments":
        return BY_NAME.get(name)
    if len(parts) < 3 or not ENVIRONMENT_NAME.fullmatch(parts[1]):
        return None
    if parts[2:] == ["api_url"]:
        return api_url(parts[1])
    if len(parts) == 4 and parts[2] == "variables" and is_name(parts[3]):
        return variable(parts[1], parts[3])
    return None


def nearest_key(wrong: str, present: Iterable[str]) -> str:
    """Name the nearest setting, of those that there are and those that there may be."""
    return did_you_mean(wrong, {*BY_NAME, *PATTERNS, *present})


def plain_value(text: str) -> Any:
    """Return the number, the truth or the text that an unquoted text means."""
    try:
        return read_plain(text)
    except NumberTooLongError:
        return text
