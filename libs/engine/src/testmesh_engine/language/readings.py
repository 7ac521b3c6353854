"""Which names a step reads, by which key, and where in the source each of them stands."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from testmesh_engine.expressions import Expression, Template
from testmesh_engine.expressions.syntax import Name, walk
from testmesh_engine.language.controls import Condition, RepeatUntil
from testmesh_engine.language.models import Step
from testmesh_engine.language.nodes import Node, Place


class Reading(NamedTuple):
    """Names that one key of a step reads; `own`: it sees the step's own result, `after`: and what is inside it."""

    key: str
    pointer: str
    names: frozenset[str]
    optional: frozenset[str] = frozenset()
    expression: Expression | None = None
    own: bool = False
    after: bool = False


def read_by(step: Step) -> Iterator[Reading]:
    """Yield what a step reads, not what the steps inside it read."""
    if step.name_template is not None:
        yield _of_template("name", "/name", step.name_template)
    if step.when is not None:
        yield _of_expression("when", "/when", step.when)
    yield _of_template("config", "/config", step.config)
    for part in step.later:
        yield Reading("config", f"/config{part.pointer}", part.names, part.optional, part.expression)
    if isinstance(step.control, Condition):
        yield _of_expression("if", "/config/if", step.control.test)
    if isinstance(step.control, RepeatUntil):
        yield _of_expression("until", "/config/until", step.control.until, after=True)
    for assertion in step.assertions:
        yield _of_expression("assert", "", assertion.expression, own=True)
        if assertion.message is not None:
            names = assertion.message.names
            yield Reading("assert", "/assert", names, assertion.message.optional_names, own=True)
    for output in step.outputs:
        yield Reading("output", f"/output/{output.name}", output.selector.names, own=True)
    if step.eventually is not None and step.eventually.fail_fast is not None:
        yield _of_expression("fail_fast", "/eventually/fail_fast", step.eventually.fail_fast, own=True)


def _of_template(key: str, pointer: str, template: Template) -> Reading:
    return Reading(key, pointer, template.names, template.optional_names)


def _of_expression(key: str, pointer: str, found: Expression, *, own: bool = False, after: bool = False) -> Reading:
    return Reading(key, pointer, found.names, found.optional_names, found, own, after)


def all_names(steps: Iterable[Step]) -> Iterator[str]:
    """Yield every name that steps, and those inside them, read."""
    for step in steps:
        for reading in read_by(step):
            yield from reading.names
            yield from reading.optional
        yield from all_names(step.inner())


def place_of(name: str, node: Node, lines: list[str]) -> tuple[Place, str]:
    """Return where a name stands in the first text below a node that has it, and the pointer from the node to there."""
    word = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")
    for text, pointer in texts_of(node):
        found = word.search(str(text.value))
        if found is not None:
            return text.place_in_text(found.start(), lines), pointer
    return node.place, ""


def place_in_expression(name: str, expression: Expression, node: Node, lines: list[str]) -> Place:
    """Return where a name stands in an expression, past texts in quotes that happen to hold the same word."""
    found = (part.offset for part, _ in walk(expression.node) if isinstance(part, Name) and part.name == name)
    offset = min(found, default=0)
    begins = str(node.value).find(expression.text)
    return node.place_in_text(offset + max(begins, 0), lines)


def texts_of(node: Node, pointer: str = "") -> Iterator[tuple[Node, str]]:
    """Yield the texts inside a node, each with the pointer from the node to it."""
    if isinstance(node.value, dict):
        for key, member in node.value.items():
            yield from texts_of(member, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node.value, list):
        for index, member in enumerate(node.value):
            yield from texts_of(member, f"{pointer}/{index}")
    elif isinstance(node.value, str):
        yield node, pointer
