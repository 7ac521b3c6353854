"""What is not wrong with a flow and still looks like a mistake: steps that cannot run, outputs that nobody reads."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from testmesh_engine.expressions import Expression
from testmesh_engine.expressions.syntax import Literal
from testmesh_engine.language.controls import Condition, ForEach
from testmesh_engine.language.diagnostics import Faults
from testmesh_engine.language.models import Flow, Step
from testmesh_engine.language.readings import all_names, texts_of
from testmesh_engine.language.references import Document


def remark(flow: Flow, document: Document, faults: Faults) -> None:
    """Record what is worth a word."""
    for steps in (flow.requires, flow.setup, flow.steps, flow.teardown):
        _unreachable(steps, document, faults)
    read = set(all_names(flow.phases()))
    for expression in flow.outputs.values():
        read |= expression.names | expression.optional_names
    _Unused(frozenset(read), document, faults).among(flow.phases())
    _shadowed(flow.phases(), frozenset(), document, faults)


def _unreachable(steps: Iterable[Step], document: Document, faults: Faults) -> None:
    before: Step | None = None
    for step in steps:
        if before is not None:
            message = f'"{step.id}" cannot be reached: the step "{before.id}" before it always fails'
            faults.note("TM309", message, document.at(step.pointer).place, step.pointer, "remove one of them")
            before = None
        if step.when is not None and _always(step.when) is False:
            pointer = f"{step.pointer}/when"
            message = f'"{step.id}" never runs: its "when" is always false'
            faults.note("TM309", message, document.at(pointer).place, pointer, "write disabled: true to say so")
        if isinstance(step.control, Condition):
            _one_sided(step, step.control, document, faults)
        for block in step.control.blocks() if step.control is not None else ():
            _unreachable(block, document, faults)
        if _always_stops(step):
            before = step


def _one_sided(step: Step, condition: Condition, document: Document, faults: Faults) -> None:
    holds = _always(condition.test)
    if holds is None:
        return
    never = condition.otherwise if holds else condition.then
    said = f'"if" of "{step.id}" is always {str(holds).lower()}'
    for unreached in never[:1]:
        message = f'"{unreached.id}" cannot be reached: {said}'
        faults.note("TM309", message, document.at(unreached.pointer).place, unreached.pointer, "remove the condition")


def _always(expression: Expression) -> bool | None:
    node = expression.node
    return node.value if isinstance(node, Literal) and isinstance(node.value, bool) else None


def _always_stops(step: Step) -> bool:
    if step.action != "fail" or step.phase == "teardown" or step.goes_on or step.allow_failure or step.disabled:
        return False
    return step.when is None


@dataclass(frozen=True)
class _Unused:
    """Finds outputs that nobody reads, by their name or as a part of what their step, or one around it, left."""

    read: frozenset[str]
    document: Document
    faults: Faults

    def among(self, steps: Iterable[Step]) -> None:
        for step in steps:
            for output in step.outputs:
                if output.name not in self.read and not self._is_read_of(step.id, output.name):
                    self._note(step, output.name)
            if step.rescue is not None:
                self.among(step.rescue.inner())
            if step.control is not None and not self._is_read_whole(step):
                for block in step.control.blocks():
                    self.among(block)

    def _is_read_of(self, step_id: str, name: str) -> bool:
        if step_id not in self.read:
            return False
        named = rf"""\b{step_id}(?:\??\.{name}\b|\["{name}"\]|\['{name}'\])"""
        whole = rf"(?:\$\{{|\{{\{{)\s*{step_id}\s*\}}"
        return re.search(f"{named}|{whole}", self._texts) is not None

    @cached_property
    def _texts(self) -> str:
        """All texts of the flow; few flows need them looked through."""
        return "\n".join(str(text.value) for text, _ in texts_of(self.document.node))

    def _is_read_whole(self, step: Step) -> bool:
        """Say whether something reads all that was set inside a step."""
        return step.id in self.read or (step.action == "parallel" and "branches" in self.read)

    def _note(self, step: Step, name: str) -> None:
        pointer = f"{step.pointer}/output"
        place = self.document.at(pointer).place_of(name)
        self.faults.note("TM308", f'nothing reads "{name}"', place, f"{pointer}/{name}", "remove it, or assert on it")


def _shadowed(steps: Iterable[Step], names: frozenset[str], document: Document, faults: Faults) -> None:
    """Refuse to set what the loop around sets: the new value would never be read."""
    for step in steps:
        for output in step.outputs:
            _refuse(output.name, names, f"{step.pointer}/output", document, faults)
        if step.action == "set":
            config = document.at(f"{step.pointer}/config").value
            for name in config if isinstance(config, dict) else ():
                _refuse(name, names, f"{step.pointer}/config", document, faults)
        inner = names
        if isinstance(step.control, ForEach):
            inner = names | {step.control.item_name, step.control.index_name}
        _shadowed(step.inner(), inner, document, faults)


def _refuse(name: str, names: frozenset[str], pointer: str, document: Document, faults: Faults) -> None:
    if name in names:
        message = f'"{name}" is set by the loop around this step: the value given here would never be read'
        place = document.at(pointer).place_of(name)
        faults.add("TM310", message, place, f"{pointer}/{name}", "give the variable another name")
