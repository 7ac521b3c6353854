"""What steps refer to: a step that has no result yet is a fault, a name that nothing here defines is a note.

A name may come from the environment or the caller, so that an undefined one is judged when the step runs.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from testmesh_engine.actions.registry import ActionRegistry
from testmesh_engine.expressions.generators import ALWAYS_THERE
from testmesh_engine.expressions.syntax import render
from testmesh_engine.language.controls import Condition, ForEach, Parallel, RepeatUntil, RunFlow
from testmesh_engine.language.diagnostics import Faults
from testmesh_engine.language.doubtful_reads import fields_of_control, first_offset
from testmesh_engine.language.models import Flow, Step, with_inner
from testmesh_engine.language.nodes import Node, Place
from testmesh_engine.language.readings import Reading, place_in_expression, place_of, read_by

ERROR = "error"
"""What the steps of `on_error` can read of what went wrong."""


@dataclass(slots=True)
class Document:
    """The source of a flow: the node that holds it, where that is, and its lines."""

    node: Node
    pointer: str
    lines: list[str]

    def at(self, pointer: str) -> Node:
        return self.node.at(pointer.removeprefix(self.pointer))


def check_references(flow: Flow, document: Document, registry: ActionRegistry, faults: Faults) -> None:
    """Look at each name that a step reads, in the order in which steps run."""
    _Walk(flow, document, registry, faults).through()


@dataclass(slots=True)
class _Walk:
    flow: Flow
    document: Document
    registry: ActionRegistry
    faults: Faults
    order: dict[str, int] = field(default_factory=dict)
    setters: dict[str, str] = field(default_factory=dict)

    def through(self) -> None:
        flow = self.flow
        for step in with_inner(flow.phases()):
            self.order.setdefault(step.id, len(self.order))
            for name in self._sets(step):
                self.setters.setdefault(name, step.id)
        defined = ALWAYS_THERE | set(flow.env) | {declared.name for declared in flow.inputs}
        defined |= self._columns()
        self._env()
        known = set(defined)
        for steps in (flow.requires, flow.setup, flow.steps, flow.teardown):
            self.block(steps, known)
        for name, expression in flow.outputs.items():
            reading = Reading("outputs", f"{self.document.pointer}/outputs/{name}", expression.names)
            self._outputs(reading, known)

    def _env(self) -> None:
        """Look at what the flow's own variables read: only those above them have a value."""
        known = {*ALWAYS_THERE, *(declared.name for declared in self.flow.inputs), *self._columns()}
        for variable, template in self.flow.env.items():
            pointer = f"{self.document.pointer}/env/{variable}"
            for name in sorted(template.names - known):
                place, below = place_of(name, self.document.at(pointer), self.document.lines)
                self._unknown(name, place, pointer + below, known)
            known.add(variable)

    def block(self, steps: Iterable[Step], defined: set[str]) -> None:
        """Walk the steps of a list; `defined` grows by what they set."""
        for step in steps:
            self._step(step, defined)
            defined.update(self._sets(step))
            if not step.implied:
                defined.add(step.id)

    def _step(self, step: Step, defined: set[str]) -> None:
        readings = list(read_by(step))
        for reading in readings:
            if not reading.own and not reading.after:
                self._judge(step, reading, defined)
        inside = self._inside(step, defined)
        own = defined | self._result_of(step)
        for reading in readings:
            if reading.own or reading.after:
                self._judge(step, reading, own if reading.own else inside)
        self._hidden(step, [reading for reading in readings if reading.own], defined)
        for reading in readings:
            self._same_sides(step, reading)
        if step.rescue is not None:
            self.block(step.rescue.inner(), defined | {ERROR, step.id})

    def _inside(self, step: Step, defined: set[str]) -> set[str]:
        """Walk what is inside a step; return the names that its `until` can read."""
        control = step.control
        if isinstance(control, Parallel):
            for branch in control.branches:
                self.block(branch.inner(), set(defined))
            defined.add("branches")
        elif isinstance(control, Condition):
            then, otherwise = set(defined), set(defined)
            self.block(control.then, then)
            self.block(control.otherwise, otherwise)
            defined |= then | otherwise
        elif isinstance(control, ForEach):
            names = {control.item_name, control.index_name} - defined
            inside = defined | names if control.at_once > 1 else defined
            inside |= names
            self.block(control.steps, inside)
            defined -= names
        elif isinstance(control, RepeatUntil):
            inside = {*defined, "index"}
            self.block(control.steps, inside)
            defined |= inside - {"index"}
            return inside
        elif control is not None and not isinstance(control, RunFlow):
            self.block(control.steps, defined)
        return defined

    def _judge(self, step: Step, reading: Reading, defined: set[str]) -> None:
        for name in sorted(reading.names):
            if name in defined or (reading.own and name == step.id):
                continue
            place, pointer = self._spot(step, reading, name)
            if name in self.order:
                self._not_there(step, reading, name, place, pointer)
            elif not (reading.own and self._has_open_result(step)):
                self._unknown(name, place, pointer, defined)

    def _not_there(self, step: Step, reading: Reading, name: str, place: Place, pointer: str) -> None:
        if self.order[name] < self.order[step.id]:
            message = f'"{reading.key}" of the step "{step.id}" refers to "{name}", which is in another branch'
            hint = "after a parallel, branches.NAME.outputs holds what a branch set"
            self.faults.add("TM304", message, place, pointer, hint)
            return
        what = "itself" if name == step.id else f'the step "{name}", which comes later'
        message = f'"{reading.key}" of the step "{step.id}" refers to {what}'
        self.faults.add("TM302", message, place, pointer, "only earlier steps have results")

    def _unknown(self, name: str, place: Place, pointer: str, defined: set[str]) -> None:
        known = defined if name.isupper() else defined - ALWAYS_THERE
        close = get_close_matches(name, sorted(known), n=1)
        if self._has_names_in_files() and not close:
            return  # a column or a line of a file, as far as anybody can say
        hint = f'did you mean "{close[0]}"?' if close else "the environment or the caller sets it"
        setter = self.setters.get(name)
        if setter is not None:
            hint = f'the step "{setter}" sets it, where this cannot see it'
        elif name in self.flow.env:
            hint = "env is read from top to bottom: move it up"
        self.faults.note("TM306", f'nothing before this defines "{name}"', place, pointer, hint)

    def _hidden(self, step: Step, readings: Iterable[Reading], defined: set[str]) -> None:
        """Note each name that the step's result hides where its assertions and outputs read it."""
        hidden = defined & self._fields_of(step)
        for reading in readings:
            for name in sorted((reading.names | reading.optional) & hidden):
                hidden.discard(name)
                what = self._declared_as(name)
                if what:
                    place, pointer = self._spot(step, reading, name)
                    message = f'"{name}" means this step\'s result here, which hides {what}'
                    self.faults.note("TM311", message, place, pointer, "give the hidden one another name")

    def _declared_as(self, name: str) -> str:
        """Say what else than a field of a result has this name; nothing where only the language gives it."""
        if name in self.setters:
            return f'the variable that the step "{self.setters[name]}" sets'
        if name in self._columns():
            return "the column of that name"
        if any(name == declared.name for declared in self.flow.inputs):
            return "the input of that name"
        if name in self.flow.env:
            return "the variable of that name in env"
        if name in self.order:
            return "the step of that name"
        loops = (step.control for step in with_inner(self.flow.phases()) if isinstance(step.control, ForEach))
        return (
            "the loop's variable of that name"
            if any(name in (loop.item_name, loop.index_name) for loop in loops)
            else ""
        )

    def _same_sides(self, step: Step, reading: Reading) -> None:
        expression = reading.expression
        for found in expression.compared_with_themselves if expression is not None else ():
            node, pointer = self._source_of(step, reading)
            begins = max(str(node.value).find(expression.text), 0) if expression is not None else 0
            place = node.place_in_text(begins + first_offset(found), self.document.lines)
            message = f'"{render(found)}" compares a thing with itself: it tests nothing'
            self.faults.note("TM312", message, place, pointer, "compare it with what it should be")

    def _spot(self, step: Step, reading: Reading, name: str) -> tuple[Place, str]:
        node, pointer = self._source_of(step, reading)
        if reading.expression is not None:
            return place_in_expression(name, reading.expression, node, self.document.lines), pointer
        place, below = place_of(name, node, self.document.lines)
        return place, pointer + below

    def _source_of(self, step: Step, reading: Reading) -> tuple[Node, str]:
        """Return the node that a step's key reads from, and the pointer to it."""
        if reading.key != "assert" or reading.expression is None:
            pointer = step.pointer + reading.pointer
            return self.document.at(pointer), pointer
        found = next(given for given in step.assertions if given.expression is reading.expression)
        for where in ("/assert", "/config/assertions"):
            items = self.document.at(step.pointer + where).value
            for index, item in enumerate(items if isinstance(items, list) else ()):
                node = item.get("that") or item
                if node.place == (found.line, found.column):
                    return node, f"{step.pointer}{where}/{index}"
        return Node(found.expression.text, (found.line, found.column)), step.pointer

    def _outputs(self, reading: Reading, defined: set[str]) -> None:
        for name in sorted(reading.names - defined):
            place, below = place_of(name, self.document.at(reading.pointer), self.document.lines)
            self._unknown(name, place, reading.pointer + below, defined)

    def _sets(self, step: Step) -> Iterable[str]:
        yield from (output.name for output in step.outputs)
        action = self.registry.find(step.action)
        config = self.document.at(step.pointer).get("config") if action is not None and action.sets_variables else None
        if config is not None and isinstance(config.value, dict):
            yield from config.value

    def _result_of(self, step: Step) -> set[str]:
        return {step.id, *self._sets(step), *self._fields_of(step)}

    def _fields_of(self, step: Step) -> frozenset[str]:
        action = self.registry.find(step.action)
        return fields_of_control(step.action) if action is None else frozenset(action.result.model_fields)

    def _has_open_result(self, step: Step) -> bool:
        """Say whether a step's result may have fields that nobody knows before it runs."""
        if isinstance(step.control, RunFlow):
            return True
        action: Any = self.registry.find(step.action)
        if action is None or action.result.model_config.get("extra") != "allow":
            return False
        config = self.document.at(step.pointer).get("config")
        given = config.value if config is not None and isinstance(config.value, dict) else {}
        return any(key != action.assertions_key for key in given)

    def _has_names_in_files(self) -> bool:
        data = self.flow.data
        unread = data is not None and data.file is not None and not data.columns
        return self.flow.env_file is not None or unread

    def _columns(self) -> frozenset[str]:
        return frozenset() if self.flow.data is None else self.flow.data.columns
