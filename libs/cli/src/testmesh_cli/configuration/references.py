"""`${NAME}` and `${NAME:-default}` in a configuration's texts: names of the process environment and of `.env`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from testmesh_cli.secrecy import looks_secret
from testmesh_engine.language.diagnostics import Diagnostic, Faults, pointer_to
from testmesh_engine.language.nodes import Node

_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<inner>[^}]*)\}?")
_INNER = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<rest>:-(?P<default>.*))?", re.ASCII | re.DOTALL)


@dataclass(slots=True)
class Filling:
    """Fills in the references of one value; what it met on the way stays here."""

    environment: Mapping[str, str]
    faults: Faults
    lines: list[str]
    missing: list[Diagnostic] = field(default_factory=list)
    secret: bool = False
    secrets: list[str] = field(default_factory=list)
    """What names of secrets stand for; a default that is written in the file is none."""
    met: bool = False

    def fill(self, node: Node, pointer: str) -> Node:
        """Return a node like this one, with its references filled in."""
        if isinstance(node.value, dict):
            members = {key: self.fill(member, pointer_to(pointer, key)) for key, member in node.value.items()}
            return replace(node, value=members)
        if isinstance(node.value, list):
            return replace(node, value=[self.fill(item, pointer_to(pointer, at)) for at, item in enumerate(node.value)])
        if not isinstance(node.value, str) or "${" not in node.value:
            return node
        self.met = True
        return replace(node, value=_REFERENCE.sub(lambda found: self._value(found, node, pointer), node.value))

    def _value(self, found: re.Match[str], node: Node, pointer: str) -> str:
        if found[0] == "$${":
            return "${"
        inner = _INNER.fullmatch(found["inner"]) if found[0].endswith("}") else None
        place = node.place_in_text(found.start(), self.lines)
        if inner is None:
            message = f'"{found[0][:60]}" is no reference'
            hint = "write ${NAME} or ${NAME:-default}, a name of the process environment; $${ is a plain ${"
            self.faults.add("TM204", message, place, pointer, hint)
            return ""
        name, default = inner["name"], inner["default"]
        self.secret = self.secret or looks_secret(name)
        value = self.environment.get(name)
        if value is not None and (value or default is None):
            self.secrets += [value] if looks_secret(name) and value else []
            return value
        if default is None:
            hint = f"set it, put it into .env, or give a default: ${{{name}:-…}}"
            said = f'the environment variable "{name}" is not set'
            self.missing.append(Diagnostic("TM210", said, self.faults.file, *place, pointer, hint))
        return default or ""
