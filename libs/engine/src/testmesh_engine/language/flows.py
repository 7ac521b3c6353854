"""A flow, from the root of its document."""

import hashlib
from dataclasses import replace
from typing import cast

from testmesh_contracts.message import OnRunnerLost, Phase, Priority
from testmesh_engine.actions.registry import ActionRegistry
from testmesh_engine.expressions import Expression, Template
from testmesh_engine.language.compiling import Compiler
from testmesh_engine.language.diagnostics import Faults, pointer_to
from testmesh_engine.language.fields import Fields
from testmesh_engine.language.inputs import read_inputs
from testmesh_engine.language.limits import MAX_NAME, MAX_STEPS
from testmesh_engine.language.models import FLOW_TIMEOUT_S, QUEUE_TIMEOUT_S, Flow, Step
from testmesh_engine.language.nodes import Node
from testmesh_engine.language.references import check_references
from testmesh_engine.language.steps import StepReader
from testmesh_engine.names import is_name

KEYS = (
    "name", "version", "description", "suite", "tags", "env", "env_file", "inputs", "setup", "steps",
    "teardown", "timeout", "queue_timeout", "environment", "priority", "on_runner_lost", "max_runs", "outputs",
)  # fmt: skip
LATER = {
    "requires": "a step with retry in setup can wait for the target",
    "concurrency": "runs that share something cannot be kept apart by this release",
    "data": "write one flow for each row, or pass the row as inputs",
}
_WRAPPER = "flow"


def read_flow(root: Node, text: str, source: bytes, faults: Faults, registry: ActionRegistry) -> Flow:
    """Return the flow as far as it can be read; it is good where no fault was recorded."""
    node, pointer = _unwrapped(root)
    fields = Fields(node, pointer, faults, what="a flow", known=KEYS, later=LATER)
    compiler = Compiler(faults, text.splitlines())
    reader = StepReader(compiler, faults, registry)
    phases = {phase: _steps(fields, phase, reader) for phase in ("setup", "steps", "teardown")}
    flow = Flow(
        name=fields.text("name", required=True, longest=MAX_NAME) or "",
        version=fields.integer("version", default=1, least=1, most=1),
        description=fields.text("description") or "",
        suite=fields.text("suite"),
        tags=fields.texts("tags"),
        env=_env(fields, compiler),
        env_file=fields.text("env_file"),
        inputs=read_inputs(fields.members("inputs"), fields.pointer_of("inputs"), faults),
        setup=phases["setup"],
        steps=phases["steps"],
        teardown=phases["teardown"],
        timeout=fields.duration("timeout") or FLOW_TIMEOUT_S,
        queue_timeout=fields.duration("queue_timeout") or QUEUE_TIMEOUT_S,
        environment=fields.text("environment"),
        priority=cast("Priority", fields.choice("priority", ("high", "normal", "low"), "normal")),
        on_runner_lost=cast("OnRunnerLost", fields.choice("on_runner_lost", ("rerun", "fail"), "rerun")),
        max_runs=fields.integer("max_runs", default=2, least=1, most=100),
        outputs=_outputs(fields, compiler),
        digest=hashlib.sha256(source).hexdigest(),
        size_bytes=len(source),
        file=faults.file,
        definition=node.plain() if isinstance(node.value, dict) else {},
    )
    check_references(flow, node, pointer, registry, faults)
    return replace(flow, notes=tuple(faults.notes))


def _unwrapped(root: Node) -> tuple[Node, str]:
    inner = root.get(_WRAPPER)
    if inner is not None and isinstance(root.value, dict) and len(root.value) == 1:
        return inner, pointer_to("", _WRAPPER)
    return root, ""


def _steps(fields: Fields, phase: str, reader: StepReader) -> tuple[Step, ...]:
    required = phase == "steps"
    nodes = fields.items(phase, required=required, hint="begin each step with a dash")
    if required and fields.is_empty_list(phase):
        fields.wrong(phase, "a flow without steps tests nothing", code="TM303")
    if reader.count + len(nodes) > MAX_STEPS:
        fields.wrong(phase, f"more than {MAX_STEPS} steps in one flow", "split it", code="TM209")
        return ()
    pointer = fields.pointer_of(phase)
    read = (reader.read(node, pointer_to(pointer, i), cast("Phase", phase)) for i, node in enumerate(nodes))
    return tuple(step for step in read if step is not None)


def _env(fields: Fields, compiler: Compiler) -> dict[str, Template]:
    env = {}
    for name, node in fields.members("env").items():
        pointer = pointer_to(fields.pointer_of("env"), name)
        _check_name(name, node, pointer, fields.faults)
        template = compiler.template(node, pointer)
        if template is not None:
            env[name] = template
    return env


def _outputs(fields: Fields, compiler: Compiler) -> dict[str, Expression]:
    outputs = {}
    for name, node in fields.members("outputs").items():
        pointer = pointer_to(fields.pointer_of("outputs"), name)
        _check_name(name, node, pointer, fields.faults)
        expression = compiler.expression(node, pointer)
        if expression is not None:
            outputs[name] = expression
    return outputs


def _check_name(name: str, node: Node, pointer: str, faults: Faults) -> None:
    if not is_name(name):
        faults.add("TM204", f'"{name}" cannot name a variable', node.place, pointer)
