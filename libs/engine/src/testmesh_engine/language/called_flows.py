"""What a flow gives to a flow that it calls, and reads of it, held against what that one declares.

`parse_flow` reads no other file: whoever has both flows asks this.
"""

import re
from collections.abc import Iterator

from testmesh_engine.expressions import ExpressionSyntaxError, compile_template
from testmesh_engine.expressions.parser import parse, parse_text
from testmesh_engine.expressions.references import has_reference
from testmesh_engine.expressions.syntax import Index, Literal, Member, Name, walk
from testmesh_engine.expressions.syntax import Node as Part
from testmesh_engine.language.diagnostics import Faults, did_you_mean, pointer_to
from testmesh_engine.language.doubtful_reads import fields_of_control
from testmesh_engine.language.inputs import fits
from testmesh_engine.language.models import Flow, Step
from testmesh_engine.language.nodes import kind
from testmesh_engine.language.parse import Examined
from testmesh_engine.language.readings import texts_of
from testmesh_engine.language.references import Document

_RUN_FLOW = "run_flow"
_EXPRESSION = re.compile(r"/(assert|assertions|output|outputs|when|if|until|fail_fast)(/|$)")


def check_call(step: Step, called: Examined, caller: Examined, faults: Faults) -> None:
    """Record what a `run_flow` gives that the called flow does not take, or what is read that it does not have."""
    if called.declares("inputs"):
        _inputs(step, called.flow, caller, faults)
    if called.declares("outputs"):
        _outputs(step, called.flow, caller.document, faults)


def _outputs(step: Step, called: Flow, document: Document, faults: Faults) -> None:
    for text, pointer in texts_of(document.node, document.pointer):
        for part in _parts(str(text.value), pointer):
            key = _read_of(part, step)
            if key is not None and key not in _there(step, called):
                begins = max(str(text.value).rfind(key), 0)
                message = f'the flow "{called.name}", which the step "{step.id}" runs, has no output "{key}"'
                hint = did_you_mean(key, called.outputs) if called.outputs else "it has no outputs"
                faults.note("TM402", message, text.place_in_text(begins, document.lines), pointer, hint)


def _inputs(step: Step, called: Flow, caller: Examined, faults: Faults) -> None:
    pointer = f"{step.pointer}/config/inputs"
    config = caller.document.at(f"{step.pointer}/config")
    columns = frozenset() if called.data is None else called.data.columns
    inputs = config.get("inputs")
    given = inputs.value if inputs is not None and isinstance(inputs.value, dict) else {}
    declared = {found.name: found for found in called.inputs}
    for name, node in given.items():
        where = pointer_to(pointer, name)
        if name not in declared:
            place = inputs.place_of(name) if inputs is not None else node.place
            message = f'the flow "{called.name}" has no input "{name}"'
            faults.add("TM416", message, place, where, did_you_mean(name, declared) or "remove it, or declare it there")
            continue
        if name in columns:
            message = f'the input "{name}" is a column of the data of the flow "{called.name}": each row gives it'
            faults.add("TM416", message, node.place, where, "leave it out")
            continue
        if not caller.is_sound(where):
            continue
        value, wanted = node.plain(), declared[name].type
        if compile_template(value).is_constant and not fits(value, wanted):
            message = f'the input "{name}" of the flow "{called.name}" is {wanted}, given is {kind(value)}'
            faults.add("TM416", message, node.place, where, f"give a value of the type {wanted}")
    for missing in declared.values():
        if missing.required and missing.name not in given and missing.name not in columns:
            message = f'the flow "{called.name}" requires the input "{missing.name}" ({missing.type}), not given here'
            hint = "add it to inputs; without it only a variable of that name can give it"
            faults.note("TM416", message, config.place_of("flow"), f"{step.pointer}/config", hint)


def _there(step: Step, called: Flow) -> set[str]:
    return {*called.outputs, *fields_of_control(_RUN_FLOW), *(output.name for output in step.outputs)}


def _parts(text: str, pointer: str) -> Iterator[Part]:
    """Yield the parts of the expressions in a text; a text that is none has no parts."""
    try:
        if has_reference(text):
            root = parse_text(text)
        elif _EXPRESSION.search(pointer):
            root = parse(text)
        else:
            return
    except ExpressionSyntaxError:  # a JSONPath, or a text that only stands where expressions may
        return
    yield from (part for part, _ in walk(root))


def _read_of(part: Part, step: Step) -> str | None:
    """Return the key that a part reads of what a step left: `step.key`, `step.outputs.key`."""
    read = _key_of(part)
    if read is None:
        return None
    above = _key_of(read[0])
    base = above[0] if above is not None and above[1] == "outputs" else read[0]
    return read[1] if isinstance(base, Name) and base.name == step.id else None


def _key_of(part: Part) -> tuple[Part, str] | None:
    if isinstance(part, Member):
        return part.base, part.key
    if isinstance(part, Index) and isinstance(part.index, Literal) and isinstance(part.index.value, str):
        return part.base, part.index.value
    return None
