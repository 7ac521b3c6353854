"""The config of a step that holds other steps, from its node."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from testmesh_contracts.message import Phase
from testmesh_engine.expressions import Template
from testmesh_engine.language.controls import (
    BRANCH,
    Condition,
    Control,
    ForEach,
    Group,
    Parallel,
    RepeatUntil,
    RunFlow,
)
from testmesh_engine.language.diagnostics import pointer_to
from testmesh_engine.language.fields import Fields
from testmesh_engine.language.limits import MAX_ITERATIONS
from testmesh_engine.language.nodes import Node, kind
from testmesh_engine.names import is_name, name_hint

if TYPE_CHECKING:
    from testmesh_engine.language.models import Step
    from testmesh_engine.language.steps import StepReader

KEYS: dict[str, tuple[str, ...]] = {
    "group": ("steps",),
    "parallel": ("branches", "max_concurrent", "fail_fast"),
    "for_each": (
        "items", "range", "item_name", "index_name", "steps", "parallel", "continue_on_error",
        "min_iterations", "max_iterations",
    ),
    "condition": ("if", "then", "else"),
    "repeat_until": ("until", "steps", "every", "within"),
    "run_flow": ("flow", "inputs"),
}  # fmt: skip
AT_ONCE = 10
"""Passes of a loop side by side where it says `parallel: true`."""
EVERY_S = 0.5
WITHIN_S = 60.0
WITH_STEPS = frozenset(("steps", "then", "else", "branches", "if", "until"))
"""Keys whose values are read one by one; all others are values, shown as what the step was given."""


def read_control(action: str, config: Node, pointer: str, reader: "StepReader", phase: Phase) -> Control | None:
    """Return what a step of control flow does, or None where faults leave nothing to do."""
    fields = Fields(config, pointer, reader.faults, what=f"the config of {action}", known=KEYS[action])
    return _READERS[action](fields, reader, phase)


def _group(fields: Fields, reader: "StepReader", phase: Phase) -> Control:
    return Group(reader.block(fields, "steps", phase))


def _parallel(fields: Fields, reader: "StepReader", phase: Phase) -> Control:
    nodes = fields.items("branches", required=True, hint="begin each branch with a dash")
    if fields.is_empty_list("branches"):
        fields.wrong("branches", "nothing runs where there is no branch", code="TM303")
    branches = tuple(_branches(nodes, fields, reader, phase))
    most = fields.integer("max_concurrent", default=max(len(nodes), 1), least=1, most=MAX_ITERATIONS)
    return Parallel(branches, most, fields.flag("fail_fast"))


def _branches(nodes: list[Node], fields: Fields, reader: "StepReader", phase: Phase) -> "Iterator[Step]":
    seen: dict[str, int] = {}
    for index, node in enumerate(nodes):
        pointer = pointer_to(fields.pointer_of("branches"), index)
        branch = Fields(node, pointer, fields.faults, what="a branch", known=("name", "steps"))
        name = branch.text("name", required=True) or f"branch_{index + 1}"
        if branch.has("name") and not is_name(name):
            branch.wrong("name", f'"{name}" cannot name a branch', name_hint(name), "TM204")
        elif name in seen:
            hint = "branches.NAME.outputs must say which"
            branch.wrong("name", f'the branch "{name}" is here twice, first in line {seen[name]}', hint, "TM301")
        seen.setdefault(name, node.place[0])
        yield reader.implied(name, BRANCH, phase, Group(reader.block(branch, "steps", phase)), node)


def _for_each(fields: Fields, reader: "StepReader", phase: Phase) -> Control:
    if fields.has("items") == fields.has("range"):
        message = '"for_each" goes over "items" or a "range", and over one of them'
        fields.faults.add("TM303", message, fields.place, fields.pointer, 'add "items"' * (not fields.has("items")))
    most = fields.integer("max_iterations", default=MAX_ITERATIONS, least=1, most=10 * MAX_ITERATIONS)
    least = fields.integer("min_iterations", default=1, least=0, most=10 * MAX_ITERATIONS)
    if least > most:
        fields.wrong("min_iterations", f'"min_iterations" is {least}, "max_iterations" {most}', code="TM303")
    item, index = _name_in_loop(fields, "item_name", "item"), _name_in_loop(fields, "index_name", "index")
    if item == index:
        fields.wrong("index_name", f'the item and its index cannot both be called "{item}"', code="TM303")
    return ForEach(
        items=_list(fields, "items", reader),
        span=_range(fields, reader),
        item_name=item,
        index_name=index,
        steps=reader.block(fields, "steps", phase),
        at_once=_at_once(fields),
        continue_on_error=fields.flag("continue_on_error"),
        least=least,
        most=most,
    )


def _name_in_loop(fields: Fields, key: str, default: str) -> str:
    name = fields.text(key) or default
    if not is_name(name):
        fields.wrong(key, f'"{name}" cannot name a variable', name_hint(name), "TM204")
    return name


def _list(fields: Fields, key: str, reader: "StepReader") -> Template | None:
    node = fields.node(key)
    if node is None:
        return None
    template = reader.compiler.template(node, fields.pointer_of(key))
    if not isinstance(node.value, list) and (template is None or template.is_constant):
        fields.wrong(key, f'"{key}" is a list or a reference to one, here is {kind(node.value)}', _braces(node))
    elif node.value == [] and fields.node("min_iterations") is None:
        fields.wrong(key, "a loop over nothing tests nothing", "add an item, or min_iterations: 0", "TM303")
    return template


def _range(fields: Fields, reader: "StepReader") -> Template | None:
    node = fields.node("range")
    if node is None:
        return None
    if isinstance(node.value, dict):
        Fields(node, fields.pointer_of("range"), fields.faults, what='"range"', known=("from", "to", "step"))
    template = reader.compiler.template(node, fields.pointer_of("range"))
    whole = isinstance(node.value, int) and not isinstance(node.value, bool)
    if not whole and not isinstance(node.value, dict) and (template is None or template.is_constant):
        hint = "write range: 3, or range: {from: 1, to: 3}"
        fields.wrong("range", f'"range" is a whole number or {{from, to, step}}, here is {kind(node.value)}', hint)
    return template


def _braces(node: Node) -> str:
    text = node.value
    return f"write ${{{text}}} for the value of {text}" if isinstance(text, str) and is_name(text.split(".")[0]) else ""


def _at_once(fields: Fields) -> int:
    node = fields.node("parallel")
    if node is not None and isinstance(node.value, bool):
        return AT_ONCE if node.value else 1
    return fields.integer("parallel", default=1, least=1, most=MAX_ITERATIONS)


def _condition(fields: Fields, reader: "StepReader", phase: Phase) -> Control | None:
    node = fields.node("if", required=True)
    test = None if node is None else reader.compiler.choice(node, fields.pointer_of("if"))
    then = reader.block(fields, "then", phase)
    otherwise = reader.block(fields, "else", phase, required=False)
    return None if test is None else Condition(test, then, otherwise)


def _repeat_until(fields: Fields, reader: "StepReader", phase: Phase) -> Control | None:
    node = fields.node("until", required=True)
    until = None if node is None else reader.compiler.expression(node, fields.pointer_of("until"))
    steps = reader.block(fields, "steps", phase)
    within = fields.duration("within") or WITHIN_S
    every = fields.duration("every") or min(EVERY_S, within)
    return None if until is None else RepeatUntil(until, steps, every, within)


def _run_flow(fields: Fields, reader: "StepReader", phase: Phase) -> Control:  # noqa: ARG001 - a reader's signature
    name = fields.reference("flow") or ""
    if "${" in name or "{{" in name:
        hint = "name the flow itself: which flows are called is known before the first step"
        fields.wrong("flow", '"flow" holds a reference', hint, "TM303")
    fields.members("inputs")
    node = fields.node("inputs") or Node({}, fields.place)
    template = reader.compiler.template(node, fields.pointer_of("inputs"))
    return RunFlow(name, template or reader.nothing)


_READERS: dict[str, Callable[[Fields, Any, Phase], Control | None]] = {
    "group": _group,
    "parallel": _parallel,
    "for_each": _for_each,
    "condition": _condition,
    "repeat_until": _repeat_until,
    "run_flow": _run_flow,
}
