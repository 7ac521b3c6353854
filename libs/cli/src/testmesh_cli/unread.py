"""Variables of the command line that no flow reads: a mistyped name tests with the default, and would be green."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from testmesh_cli.sources import FlowFile
from testmesh_engine.expressions import Expression, Template
from testmesh_engine.language import Flow
from testmesh_engine.language.readings import read_by

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def unread_variables(files: Sequence[FlowFile], given: Sequence[str]) -> list[str]:
    """Return a note for each given name that no flow reads or declares."""
    if not given:
        return []
    known = {name for file in files for name in _known(file.checked)}
    where = files[0].shown if len(files) == 1 else f"the {len(files)} flows"
    return [_note(name, where, known) for name in given if name not in known]


def _note(name: str, where: str, known: set[str]) -> str:
    close = get_close_matches(name, sorted(known), n=1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    return f"nothing in {where} reads the variable `{name}`{hint}"


def _known(flow: Flow) -> Iterable[str]:
    yield from flow.env
    yield from (declared.name for declared in flow.inputs)
    for template in flow.env.values():
        yield from _names(template)
    for expression in flow.outputs.values():
        yield from _names(expression)
    for step in flow.all_steps():
        for reading in read_by(step):
            yield from reading.names | reading.optional
        for output in step.outputs:
            yield from _WORD.findall(output.selector.text)


def _names(part: Expression | Template | None) -> Iterable[str]:
    return () if part is None else part.names | part.optional_names
