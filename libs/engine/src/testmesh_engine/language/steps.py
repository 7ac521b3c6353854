"""A step of a flow, from its node."""

from dataclasses import dataclass, field
from typing import Any

from testmesh_contracts.message import Phase
from testmesh_engine.actions.registry import ALIASES, COMING, ActionRegistry
from testmesh_engine.expressions import Template, compile_template
from testmesh_engine.language.compiling import Compiler
from testmesh_engine.language.configs import check_config
from testmesh_engine.language.diagnostics import Faults, did_you_mean, pointer_to
from testmesh_engine.language.expectations import read_assertions, read_outputs
from testmesh_engine.language.fields import Fields
from testmesh_engine.language.limits import MAX_NAME
from testmesh_engine.language.models import Assertion, Step
from testmesh_engine.language.nodes import Node, kind
from testmesh_engine.language.repetitions import check_repetition, read_eventually, read_retry
from testmesh_engine.names import is_name
from testmesh_sdk import Action, ActionConfig

KEYS = (
    "action", "id", "name", "description", "config", "assert", "output", "when", "retry", "eventually",
    "timeout", "on_error", "allow_failure", "tags", "disabled",
)  # fmt: skip
NOTHING = compile_template({})


@dataclass(slots=True)
class StepReader:
    """Reads the steps of one flow; `places` tells where each id was given."""

    compiler: Compiler
    faults: Faults
    registry: ActionRegistry
    places: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def read(self, node: Node, pointer: str, phase: Phase) -> Step | None:
        """Return the step, or None where faults leave nothing to carry out."""
        self.count += 1
        fields = Fields(node, pointer, self.faults, what="a step", known=KEYS)
        step_id = self._id(fields)
        name = fields.text("name", longest=MAX_NAME) or step_id
        action = self._action(fields)
        config, settings, lifted = self._config(fields, action)
        items = fields.items("assert", hint="begin it with a dash")
        assertions = (*read_assertions(items, f"{fields.pointer}/assert", self.compiler), *lifted)
        self._refuse_nothing(fields, action, bool(assertions or items))
        when = fields.node("when")
        step = Step(
            id=step_id,
            name=name,
            name_template=self._name_template(fields),
            description=fields.text("description") or "",
            action=action.name if action else "",
            phase=phase,
            config=config or NOTHING,
            settings=settings,
            assertions=assertions,
            outputs=read_outputs(fields, self.compiler),
            when=None if when is None else self.compiler.expression(when, fields.pointer_of("when")),
            retry=read_retry(fields),
            eventually=read_eventually(fields),
            timeout=fields.duration("timeout"),
            goes_on=self._on_error(fields) == "continue",
            allow_failure=fields.flag("allow_failure"),
            tags=fields.texts("tags"),
            disabled=fields.flag("disabled"),
            line=node.place[0],
            column=node.place[1],
        )
        check_repetition(fields, bool(assertions or items))
        return None if action is None or config is None else step

    def _id(self, fields: Fields) -> str:
        written = fields.text("id")
        step_id = written or f"step_{self.count}"
        place = fields.place_of("id") if written is not None else fields.place
        if written is not None and not is_name(written):
            hint = "letters, digits and _, not a digit first"
            fields.wrong("id", f'"{written}" cannot be an id', hint, "TM204")
        elif step_id in self.places:
            message = f'the id "{step_id}" is taken by the step in line {self.places[step_id]}'
            self.faults.add("TM301", message, place, fields.pointer_of("id"), "ids are unique in a flow")
        self.places.setdefault(step_id, place[0])
        return step_id

    def _action(self, fields: Fields) -> type[Action[Any, Any]] | None:
        written = fields.text("action", required=True)
        if not written:
            return None
        name = ALIASES.get(written, written)
        found = self.registry.find(name)
        pointer = fields.pointer_of("action")
        if found is None and name in COMING:
            fields.wrong("action", f'the action "{written}" is not available yet', COMING[name], "TM207")
        elif found is None:
            hint = did_you_mean(written, (*self.registry.names(), *COMING))
            fields.wrong("action", f'unknown action "{written}"', hint, "TM205")
        elif name != written:
            message = f'"{written}" is read as "{name}"'
            self.faults.note("TM305", message, fields.place_of("action"), pointer, f'write "{name}"')
        return found

    def _config(
        self, fields: Fields, action: type[Action[Any, Any]] | None
    ) -> tuple[Template | None, ActionConfig | None, tuple[Assertion, ...]]:
        node = fields.node("config") or Node({}, fields.place)
        pointer = fields.pointer_of("config")
        if not isinstance(node.value, dict):
            fields.wrong("config", f'"config" is a map, here is {kind(node.value)}')
            return None, None, ()
        values: dict[str, Any] = node.plain()
        lifted: tuple[Assertion, ...] = ()
        if action is not None and action.assertions_key in values:
            del values[action.assertions_key]
            lifted = self._lifted(fields, node, action.assertions_key or "")
        template = self.compiler.template(node, pointer, values)
        if action is None:
            return template, None, lifted
        constant = template is not None and template.is_constant
        settings = check_config(action, values, node, pointer, constant=constant, faults=self.faults)
        return template, settings, lifted

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

    def _on_error(self, fields: Fields) -> str:
        node = fields.node("on_error")
        if node is not None and isinstance(node.value, dict):
            fields.wrong("on_error", '"on_error" with steps is not available yet', "fail or continue", "TM207")
            return "fail"
        return fields.choice("on_error", ("fail", "continue"), "fail")

    def _name_template(self, fields: Fields) -> Template | None:
        node = fields.node("name")
        if node is None or not isinstance(node.value, str):
            return None
        template = self.compiler.template(node, fields.pointer_of("name"))
        return None if template is None or template.is_constant else template
