"""Where in a flow's source an error arose: at the output, or at the value of the config, that its message names."""

import re
from functools import lru_cache

from testmesh_contracts.events import StepFinished
from testmesh_engine.language.diagnostics import Faults, FlowInvalidError, pointer_to
from testmesh_engine.language.document import read_document
from testmesh_engine.language.nodes import Node

_NAMED = re.compile(r"(?:output (?P<output>\w+)|(?P<config>config(?:\.[^.:\s]+)*)|(?P<key>when|name)): ")


def error_place(step: StepFinished, source: str) -> tuple[int | None, int | None]:
    """Return line and column of what broke down; of the step where its error names no part of it."""
    named = _NAMED.match(step.error_message or "")
    found = None if named is None or step.line is None else _step_at(source, (step.line, step.column or 1))
    if named is None or found is None:
        return step.line, step.column
    if named["output"]:
        node = found.at(pointer_to("/output", named["output"]))
        return (node.get("from") or node).place
    pointer = "/" + (named["config"] or named["key"]).replace(".", "/")
    return found.at(pointer).place if found.get(pointer.split("/")[1]) is not None else (step.line, step.column)


def _step_at(source: str, place: tuple[int, int]) -> Node | None:
    pending = [root] if (root := _document(source)) is not None else []
    while pending:
        node = pending.pop()
        if node.place == place and node.get("action") is not None:
            return node
        value = node.value
        pending += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return None


@lru_cache(maxsize=1)
def _document(source: str) -> Node | None:
    """Return the source as a tree; None of one that was cut or masked so that it is no document any more."""
    try:
        return read_document(source.removeprefix("\ufeff"), Faults(""))
    except FlowInvalidError:
        return None
