"""Notes on flows that read names of the process environment which no configuration lists."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from testmesh_cli.sources import FlowFile
from testmesh_engine.expressions import ExpressionSyntaxError
from testmesh_engine.expressions.parser import parse_text
from testmesh_engine.expressions.references import has_reference
from testmesh_engine.expressions.syntax import Index, Literal, Member, Name, Node, walk
from testmesh_engine.language import Flow
from testmesh_engine.language.diagnostics import Diagnostic, Faults
from testmesh_engine.language.document import read_document, read_text
from testmesh_engine.language.readings import read_by, texts_of
from testmesh_engine.process_env import ListedEnv

ENV = "env"


def with_env_notes(files: Sequence[FlowFile], listed: ListedEnv) -> list[FlowFile]:
    """Return the files with a note for each name of `env` that a local run would not let them read."""
    return [file if file.flow is None else _noted(file, file.flow, listed) for file in files]


def _noted(file: FlowFile, flow: Flow, listed: ListedEnv) -> FlowFile:
    if ENV.encode() not in file.source or ENV in flow.env or any(found.name == ENV for found in flow.inputs):
        return file
    faults = Faults(file.shown)
    text = read_text(file.source, faults)
    lines, seen = text.splitlines(), set[tuple[int, int]]()
    for written, pointer in texts_of(read_document(text, faults)):
        for read, offset in _names(str(written.value), _expressions(flow)):
            place = written.place_in_text(offset, lines)
            if listed.why_withheld(read) is not None and place not in seen:
                seen.add(place)
                hint = f"list {read} in env_allow of {listed.where}"
                faults.note("TM313", f'a local run does not let flows read "env.{read}"', place, pointer, hint)
    notes = sorted((*flow.notes, *faults.notes), key=_place)
    return file._replace(flow=replace(flow, notes=tuple(notes)))


def _place(note: Diagnostic) -> tuple[int, int]:
    return note.line, note.column


def _expressions(flow: Flow) -> dict[str, Node]:
    """Return the expressions of a flow by their texts, as far as they read `env`."""
    found = {text.text: text for text in flow.outputs.values()}
    for step in flow.all_steps():
        found |= {read.expression.text: read.expression for read in read_by(step) if read.expression is not None}
    return {text: expression.node for text, expression in found.items() if ENV in expression.names}


def _names(text: str, expressions: dict[str, Node]) -> Iterator[tuple[str, int]]:
    """Yield each name of `env` that a text of a flow reads, and where in it."""
    if has_reference(text):
        # What only describes may hold anything; what is read by the engine has been parsed before.
        with suppress(ExpressionSyntaxError):
            yield from _read_by(parse_text(text), 0)
        return
    bare = text.strip()
    if bare in expressions:
        yield from _read_by(expressions[bare], text.index(bare))


def _read_by(node: Node, begins: int) -> Iterator[tuple[str, int]]:
    for part, _ in walk(node):
        if isinstance(part, Member | Index) and isinstance(part.base, Name) and part.base.name == ENV:
            name = part.key if isinstance(part, Member) else _literal(part.index)
            if name is not None:
                yield name, begins + part.base.offset


def _literal(node: Node) -> str | None:
    return node.value if isinstance(node, Literal) and isinstance(node.value, str) else None
