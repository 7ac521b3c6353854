"""A step of a flow, from its node."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from testmesh_contracts.message import Phase
from testmesh_engine.actions.registry import ALIASES, COMING, ActionRegistry
from testmesh_engine.expressions import ExpressionSyntaxError, Template, compile_template
from testmesh_engine.language.compiling import Compiler
from testmesh_engine.language.configs import check_config
from testmesh_engine.language.control_configs import KEYS as CONTROL_KEYS
from testmesh_engine.language.control_configs import WITH_STEPS, read_control
from testmesh_engine.language.controls import CONTROL_ACTIONS, ON_ERROR, Control, Group, Steps
from testmesh_engine.language.diagnostics import Faults, did_you_mean, pointer_to
from testmesh_engine.language.expectations import read_assertions, read_outputs
from testmesh_engine.language.fields import Fields
from testmesh_engine.language.later import LaterPart, read_later
from testmesh_engine.language.limits import MAX_NAME, MAX_NESTING, MAX_STEPS
from testmesh_engine.language.models import Assertion, Step
from testmesh_engine.language.nodes import Node, kind
from testmesh_engine.language.repetitions import check_repetition, read_eventually, read_retry
from testmesh_engine.names import is_name, name_hint
from testmesh_sdk import Action, ActionConfig

KEYS = (
    "action", "id", "name", "description", "config", "assert", "output", "when", "retry", "eventually",
    "timeout", "on_error", "allow_failure", "tags", "disabled",
)  # fmt: skip
NOTHING = compile_template({})
_ON_ERROR = ("fail", "continue")


@dataclass(slots=True)
class StepReader:
    """Reads the steps of one flow; `places` tells where each id was given."""

    compiler: Compiler
    faults: Faults
    registry: ActionRegistry
    nothing: ClassVar[Template] = NOTHING
    places: dict[str, int] = field(default_factory=dict)
    calls: list[Step] = field(default_factory=list)
    count: int = 0
    depth: int = 0

    def block(self, fields: Fields, key: str, phase: Phase, *, required: bool = True) -> Steps:
        """Return the steps of a list that is a value of control flow, or of the flow itself."""
        nodes = fields.items(key, required=required, hint="begin each step with a dash")
        if required and fields.is_empty_list(key):
            said = "a flow" if self.depth == 0 else "a list of steps"
            fields.wrong(key, f"{said} without steps tests nothing", code="TM303")
        if self.count + len(nodes) > MAX_STEPS:
            fields.wrong(key, f"more than {MAX_STEPS} steps in one flow", "split it", code="TM209")
            return ()
        if self.depth >= MAX_NESTING:
            fields.wrong(key, f"steps nested deeper than {MAX_NESTING}", "call another flow with run_flow", "TM209")
            return ()
        pointer = fields.pointer_of(key)
        self.depth += 1
        read = [self.read(node, pointer_to(pointer, index), phase) for index, node in enumerate(nodes)]
        self.depth -= 1
        return tuple(step for step in read if step is not None)

    def read(self, node: Node, pointer: str, phase: Phase) -> Step | None:
        """Return the step, or None where faults leave nothing to carry out."""
        self.count += 1
        fields = Fields(node, pointer, self.faults, what="a step", known=KEYS, below=self._keys_below(node))
        step_id = self._id(fields)
        name = fields.text("name", longest=MAX_NAME) or step_id
        action = self._action(fields)
        control_action = fields.text("action") if action is None else None
        control = self._control(fields, control_action or "", phase)
        config, settings, lifted, later = self._config(fields, action, controls=control_action in CONTROL_ACTIONS)
        items = fields.items("assert", hint="begin it with a dash")
        assertions = (*read_assertions(items, fields.pointer_of("assert"), self.compiler), *lifted)
        self._refuse_nothing(fields, action, bool(assertions or items))
        when = fields.node("when")
        step = Step(
            id=step_id,
            name=name,
            name_template=self._name_template(fields),
            description=fields.text("description") or "",
            action=action.name if action else control_action or "",
            phase=phase,
            config=config or NOTHING,
            settings=settings,
            assertions=assertions,
            outputs=read_outputs(fields, self.compiler),
            when=None if when is None else self.compiler.choice(when, fields.pointer_of("when")),
            retry=read_retry(fields),
            eventually=read_eventually(fields, self.compiler),
            timeout=fields.duration("timeout"),
            goes_on=(on_error := self._on_error(fields, phase))[0] == "continue",
            allow_failure=fields.flag("allow_failure"),
            tags=fields.texts("tags"),
            disabled=fields.flag("disabled"),
            line=node.place[0],
            column=node.place[1],
            pointer=pointer,
            files=_files(action, fields),
            later=later,
            control=control,
            rescue=on_error[1],
        )
        check_repetition(fields, bool(assertions or items) or control is not None)
        if control_action == "run_flow":
            self.calls.append(step)
        return None if (action is None and control is None) or config is None else step

    def implied(self, step_id: str, action: str, phase: Phase, control: Control, node: Node) -> Step:
        """Return a step that no author wrote: it holds the steps of a branch, or those of `on_error`."""
        return Step(
            id=step_id,
            name=step_id,
            name_template=None,
            description="",
            action=action,
            phase=phase,
            config=NOTHING,
            settings=None,
            assertions=(),
            outputs=(),
            when=None,
            retry=None,
            eventually=None,
            timeout=None,
            goes_on=False,
            allow_failure=False,
            tags=(),
            disabled=False,
            line=node.place[0],
            column=node.place[1],
            control=control,
            implied=True,
        )

    def _id(self, fields: Fields) -> str:
        written = fields.text("id")
        step_id = written or f"step_{self.count}"
        node = fields.node("id")
        place = fields.place if node is None else node.place
        if written is not None and not is_name(written):
            fields.wrong("id", f'"{written}" cannot be an id', name_hint(written), "TM204")
        elif step_id == ON_ERROR:
            fields.wrong("id", f'"{ON_ERROR}" is taken by the language', "call the step otherwise", "TM204")
        elif step_id in self.places:
            message = f'the id "{step_id}" is taken by the step in line {self.places[step_id]}'
            self.faults.add("TM301", message, place, fields.pointer_of("id"), "ids are unique in a flow")
        self.places.setdefault(step_id, place[0])
        return step_id

    def _action(self, fields: Fields) -> type[Action[Any, Any]] | None:
        written = fields.text("action", required=True)
        if not written:
            return None
        if written in CONTROL_ACTIONS:
            return None
        name = ALIASES.get(written, written)
        found = self.registry.find(name)
        pointer = fields.pointer_of("action")
        if found is None and name in COMING:
            fields.wrong("action", f'the action "{written}" is not available yet', COMING[name], "TM207")
        elif found is None:
            hint = did_you_mean(written, (*self.registry.names(), *CONTROL_ACTIONS, *COMING))
            fields.wrong("action", f'unknown action "{written}"', hint, "TM205")
        elif name != written:
            message = f'"{written}" is read as "{name}"'
            self.faults.note("TM305", message, fields.place_of("action"), pointer, f'write "{name}"')
        return found

    def _keys_below(self, node: Node) -> tuple[str, tuple[str, ...]]:
        """Return what an action's config is called, and its keys: they may stand beside it by mistake."""
        written = node.get("action")
        name = written.value if written is not None and isinstance(written.value, str) else ""
        found = self.registry.find(ALIASES.get(name, name))
        keys = CONTROL_KEYS.get(name, ()) if found is None else tuple(found.config.model_fields)
        return f"config: of {name}", keys

    def _control(self, fields: Fields, action: str, phase: Phase) -> Control | None:
        if action not in CONTROL_ACTIONS:
            return None
        config = _config_node(fields) if fields.strayed else fields.node("config", required=True)
        if config is None or not isinstance(config.value, dict):
            return None
        return read_control(action, config, fields.pointer_of("config"), self, phase)

    def _config(
        self, fields: Fields, action: type[Action[Any, Any]] | None, *, controls: bool
    ) -> tuple[Template | None, ActionConfig | None, tuple[Assertion, ...], tuple[LaterPart, ...]]:
        node = _config_node(fields) or Node({}, fields.place)
        pointer = fields.pointer_of("config")
        if not isinstance(node.value, dict):
            fields.wrong("config", f'"config" is a map, here is {kind(node.value)}')
            return None, None, (), ()
        if controls:
            shown = {key: member.plain() for key, member in node.value.items() if key not in WITH_STEPS}
            return self._quiet_template(shown), None, (), ()
        values: dict[str, Any] = node.plain()
        lifted: tuple[Assertion, ...] = ()
        if action is not None and action.assertions_key in values:
            del values[action.assertions_key]
            lifted = self._lifted(fields, node, action.assertions_key or "")
        later = () if action is None else read_later(action, node, pointer, self.compiler)
        template = self.compiler.template(node, pointer, values, {part.pointer for part in later})
        if action is None:
            return template, None, lifted, ()
        constant = template is not None and template.is_constant
        settings = check_config(action, values, node, pointer, constant=constant, faults=self.faults)
        return template, settings, lifted, later

    def _lifted(self, fields: Fields, config: Node, key: str) -> tuple[Assertion, ...]:
        found = config.value[key] if isinstance(config.value, dict) else config
        if isinstance(found.value, list):
            return read_assertions(found.value, f"{fields.pointer}/config/{key}", self.compiler)
        message = f'"{key}" is a list of expressions, here is {kind(found.value)}'
        self.faults.add("TM201", message, found.place, pointer_to(fields.pointer_of("config"), key))
        return ()

    def _refuse_nothing(self, fields: Fields, action: type[Action[Any, Any]] | None, asserts: bool) -> None:
        """Say where a step looks as if it judged something, and does not: empty is not green."""
        if not asserts and action is not None and action.assertions_key is not None:
            config = fields.node("config")
            written = None if config is None else config.get(action.assertions_key)
            if written is None or written.value == []:
                hint = f'add "{action.assertions_key}" to its config'
                fields.wrong("action", f'"{action.name}" has nothing to judge', hint, "TM303")
        elif not asserts and fields.has("assert"):
            message = '"assert" is empty: nothing is judged'
            self.faults.note(
                "TM307", message, fields.place_of("assert"), fields.pointer_of("assert"), "add an expression"
            )

    def _quiet_template(self, values: dict[str, Any]) -> Template:
        """Compile values whose faults are told by whoever reads them one by one."""
        try:
            return compile_template(values)
        except ExpressionSyntaxError:
            return NOTHING

    def _on_error(self, fields: Fields, phase: Phase) -> tuple[str, Step | None]:
        node = fields.node("on_error")
        if node is None or not isinstance(node.value, dict):
            return fields.choice("on_error", _ON_ERROR, "fail"), None
        inner = Fields(node, fields.pointer_of("on_error"), self.faults, what='"on_error"', known=("action", "steps"))
        steps = self.block(inner, "steps", phase)
        rescue = self.implied(ON_ERROR, ON_ERROR, phase, Group(steps), node)
        return inner.choice("action", _ON_ERROR, "fail"), rescue

    def _name_template(self, fields: Fields) -> Template | None:
        node = fields.node("name")
        if node is None or not isinstance(node.value, str):
            return None
        template = self.compiler.template(node, fields.pointer_of("name"))
        return None if template is None or template.is_constant else template


def _files(action: type[Action[Any, Any]] | None, fields: Fields) -> tuple[tuple[str, str], ...]:
    """Return the files that a config names; what a reference stands in is known only when the step runs."""
    if action is None or action.files_in.__func__ is Action.files_in.__func__:  # type: ignore[attr-defined]
        return ()
    node = _config_node(fields)
    if node is None or not isinstance(node.value, dict):
        return ()
    found = action.files_in(node.plain())
    return tuple((pointer, path) for pointer, path in found if "${" not in path and "{{" not in path)


def _config_node(fields: Fields) -> Node | None:
    """Return a step's config, together with what stands beside it and belongs there."""
    if not fields.strayed:
        return fields.node("config")
    node = fields.node("config") if fields.has_value("config") else Node({}, fields.place)
    if node is None or not isinstance(node.value, dict):
        return node
    places = {key: fields.place_of(key) for key in fields.strayed} | node.key_places
    return Node({**fields.strayed, **node.value}, node.place, key_places=places)
