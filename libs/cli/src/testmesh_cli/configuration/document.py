"""A configuration file: strictly read, each value with its place, faults told as those of a flow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from testmesh_cli.configuration.errors import ConfigInvalidError
from testmesh_cli.configuration.keys import (
    BY_NAME,
    DEFAULTS,
    ENVIRONMENT_HINT,
    ENVIRONMENT_NAME,
    OF_USER,
    ROOT,
    Key,
    api_url,
    plain_value,
    variable,
)
from testmesh_cli.configuration.origins import Found, Origin
from testmesh_cli.configuration.references import Filling
from testmesh_cli.errors import UsageError
from testmesh_engine.language import FlowInvalidError, render_diagnostic
from testmesh_engine.language.diagnostics import Faults, pointer_to
from testmesh_engine.language.document import read_document, read_text
from testmesh_engine.language.fields import Fields
from testmesh_engine.language.limits import MAX_BYTES
from testmesh_engine.language.nodes import Node
from testmesh_engine.names import is_name, name_hint

Owner = Literal["project", "user"]
WHAT: Mapping[Owner, str] = {"project": "a configuration", "user": "a user's configuration"}


@dataclass(slots=True)
class ConfigDocument:
    """What one file says, by key."""

    path: Path
    found: dict[str, Found] = field(default_factory=dict)
    environments: dict[str, str] = field(default_factory=dict)
    """Each environment that it names, and where."""


def read_config(path: Path, owner: Owner, environment: Mapping[str, str]) -> ConfigDocument:
    """Return what a file says; `environment` has the names that its `${NAME}` may mean.

    Raises:
        UsageError: the file cannot be read.
        ConfigInvalidError: it has faults.
    """
    try:
        with path.open("rb") as file:
            source = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the configuration {path} cannot be read: {error.strerror or error}") from error
    return parse_config(source, path, owner, environment)


def parse_config(source: bytes, path: Path, owner: Owner, environment: Mapping[str, str]) -> ConfigDocument:
    """Return what a source says, as `read_config` does."""
    document, faults = ConfigDocument(path), Faults(str(path))
    try:
        text = read_text(source, faults)
        root = tree_of(text, faults)
        if root is not None:
            _Reader(document, owner, environment, faults, text.splitlines()).read(root)
        faults.stop_if_any()
    except FlowInvalidError as error:
        told = [render_diagnostic(fault, source) for fault in error.diagnostics]
        raise ConfigInvalidError(error.diagnostics, told) from error
    return document


def tree_of(text: str, faults: Faults) -> Node | None:
    """Return the document of a text; None where the text has comments and empty lines alone."""
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return None
    return read_document(text, faults, "configuration")


@dataclass(slots=True)
class _Reader:
    document: ConfigDocument
    owner: Owner
    environment: Mapping[str, str]
    faults: Faults
    lines: list[str]

    def read(self, root: Node) -> None:
        known = ROOT if self.owner == "project" else OF_USER
        fields = Fields(root, "", self.faults, what=WHAT[self.owner], known=known)
        for name in ("version", "project", "plugins", "env_allow"):
            if name in known:
                self._leaf(BY_NAME[name], fields)
        if (node := fields.node("defaults")) is not None:
            inner = Fields(node, fields.pointer_of("defaults"), self.faults, what='"defaults"', known=DEFAULTS)
            for name in DEFAULTS:
                self._leaf(BY_NAME[f"defaults.{name}"], inner)
        for name, node in fields.members("environments").items():
            self._environment(name, node, pointer_to(fields.pointer_of("environments"), name))

    def _environment(self, name: str, node: Node, pointer: str) -> None:
        if not ENVIRONMENT_NAME.fullmatch(name):
            self.faults.add("TM204", f'"{name}" cannot name an environment', node.place, pointer, ENVIRONMENT_HINT)
            return
        self.document.environments[name] = f"{self.document.path}:{node.place[0]}"
        what = f'the environment "{name}"'
        inner = Fields(node, pointer, self.faults, what=what, known=("api_url", "variables"))
        self._leaf(api_url(name), inner)
        for label, value in inner.members("variables").items():
            where = pointer_to(inner.pointer_of("variables"), label)
            if is_name(label):
                self._take(variable(name, label), value, where)
            else:
                self.faults.add("TM204", f'"{label}" cannot name a variable', value.place, where, name_hint(label))

    def _leaf(self, key: Key, fields: Fields) -> None:
        node = fields.node(key.last)
        if node is not None:
            self._take(key, node, fields.pointer_of(key.last))

    def _take(self, key: Key, node: Node, pointer: str) -> None:
        filling = Filling(self.environment, self.faults, self.lines)
        faults_before = len(self.faults.found)
        filled = filling.fill(node, pointer)
        if filling.met and isinstance(filled.value, str) and not key.text and not key.name.startswith("environments."):
            filled.value = plain_value(filled.value)
        if not filling.missing and len(self.faults.found) == faults_before:
            key.judge(filled, pointer.rpartition("/")[0], self.faults)
        place = f"{self.document.path}:{node.place[0]}"
        origin = Origin(self.owner, place)
        missing, secrets = tuple(filling.missing), tuple(filling.secrets)
        self.document.found[key.name] = Found(key.name, filled.plain(), origin, missing, filling.secret, secrets)
