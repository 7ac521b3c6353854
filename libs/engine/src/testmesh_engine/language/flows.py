"""A flow, from the root of its document."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from testmesh_contracts.message import OnRunnerLost, Priority
from testmesh_engine.actions.registry import ActionRegistry
from testmesh_engine.expressions import Expression, Template
from testmesh_engine.language.compiling import Compiler
from testmesh_engine.language.diagnostics import Faults, in_order, pointer_to
from testmesh_engine.language.fields import Fields
from testmesh_engine.language.inputs import read_inputs
from testmesh_engine.language.limits import MAX_NAME
from testmesh_engine.language.models import FLOW_TIMEOUT_S, QUEUE_TIMEOUT_S, Concurrency, Data, Flow
from testmesh_engine.language.nodes import Node, kind
from testmesh_engine.language.references import Document, check_references
from testmesh_engine.language.remarks import remark
from testmesh_engine.language.steps import StepReader
from testmesh_engine.names import is_name, name_hint

KEYS = (
    "name", "version", "description", "suite", "tags", "env", "env_file", "inputs", "setup", "steps",
    "teardown", "timeout", "queue_timeout", "environment", "priority", "on_runner_lost", "max_runs", "outputs",
    "requires", "concurrency", "data",
)  # fmt: skip
POLICIES = ("queue", "skip", "cancel_older")
DATA_SUFFIXES = (".csv", ".json", ".yaml", ".yml")
_WRAPPER = "flow"


def read_flow(
    root: Node, text: str, source: bytes, faults: Faults, registry: ActionRegistry, columns: frozenset[str]
) -> tuple[Flow, Document]:
    """Return the flow as far as it can be read, and where all of it stands; it is good where no fault was recorded."""
    node, pointer = _unwrapped(root)
    fields = Fields(node, pointer, faults, what="a flow", known=KEYS)
    compiler = Compiler(faults, text.splitlines())
    reader = StepReader(compiler, faults, registry)
    requires = reader.block(fields, "requires", "setup", required=False)
    setup = reader.block(fields, "setup", "setup", required=False)
    steps = reader.block(fields, "steps", "steps")
    teardown = reader.block(fields, "teardown", "teardown", required=False)
    outputs, secret_outputs = _outputs(fields, compiler)
    flow = Flow(
        name=fields.text("name", required=True, longest=MAX_NAME) or "",
        version=fields.integer("version", default=1, least=1, most=1),
        description=fields.text("description") or "",
        suite=fields.text("suite"),
        tags=fields.texts("tags"),
        env=_env(fields, compiler),
        env_file=fields.text("env_file"),
        inputs=read_inputs(fields.members("inputs"), fields.pointer_of("inputs"), faults),
        setup=setup,
        steps=steps,
        teardown=teardown,
        timeout=fields.duration("timeout") or FLOW_TIMEOUT_S,
        queue_timeout=fields.duration("queue_timeout") or QUEUE_TIMEOUT_S,
        environment=fields.text("environment"),
        priority=cast("Priority", fields.choice("priority", ("high", "normal", "low"), "normal")),
        on_runner_lost=cast("OnRunnerLost", fields.choice("on_runner_lost", ("rerun", "fail"), "rerun")),
        max_runs=fields.integer("max_runs", default=2, least=1, most=100),
        outputs=outputs,
        digest=hashlib.sha256(source).hexdigest(),
        size_bytes=len(source),
        file=faults.file,
        definition=node.plain() if isinstance(node.value, dict) else {},
        requires=requires,
        data=_data(fields, compiler, columns),
        concurrency=_concurrency(fields, compiler),
        secret_outputs=secret_outputs,
        calls=tuple(reader.calls),
    )
    document = Document(node, pointer, compiler.lines)
    check_references(flow, document, registry, faults)
    remark(flow, document, faults)
    return replace(flow, notes=in_order(faults.notes)), document


def _unwrapped(root: Node) -> tuple[Node, str]:
    inner = root.get(_WRAPPER)
    if inner is not None and isinstance(root.value, dict) and len(root.value) == 1:
        return inner, pointer_to("", _WRAPPER)
    return root, ""


def _data(fields: Fields, compiler: Compiler, columns: frozenset[str]) -> Data | None:
    node = fields.node("data")
    if node is None:
        return None
    pointer = fields.pointer_of("data")
    if isinstance(node.value, dict):
        inner = Fields(node, pointer, fields.faults, what='"data"', known=("file",))
        file = inner.reference("file")
        if file is not None and not file.lower().endswith(DATA_SUFFIXES):
            inner.wrong("file", f'rows are read from {", ".join(DATA_SUFFIXES)}, not from "{file}"', code="TM204")
        return Data((), file or "", *node.place, pointer, columns)
    rows = fields.items("data", hint="begin each row with a dash, or name a file: {file: rows.csv}")
    if fields.is_empty_list("data"):
        fields.wrong("data", '"data" without rows tests nothing', "add a row", "TM303")
    written = frozenset(name for row in rows if isinstance(row.value, dict) for name in row.value)
    return Data(tuple(_rows(rows, pointer, compiler)), None, *node.place, pointer, written)


def _rows(rows: list[Node], pointer: str, compiler: Compiler) -> Iterator[Template]:
    for index, row in enumerate(rows):
        where = pointer_to(pointer, index)
        if not isinstance(row.value, dict):
            compiler.faults.add("TM201", f"a row is a map, here is {kind(row.value)}", row.place, where)
            continue
        for name, node in row.value.items():
            _check_name(name, node, pointer_to(where, name), compiler.faults)
        template = compiler.template(row, where)
        if template is not None:
            yield template


def _concurrency(fields: Fields, compiler: Compiler) -> Concurrency | None:
    node = fields.node("concurrency")
    if node is None:
        return None
    inner = Fields(node, fields.pointer_of("concurrency"), fields.faults, what='"concurrency"', known=("key", "policy"))
    text = inner.text("key", required=True)
    key = inner.node("key") if text else None
    template = None if key is None else compiler.template(key, inner.pointer_of("key"))
    policy = inner.choice("policy", POLICIES, "queue")
    return None if template is None else Concurrency(template, policy)


def _env(fields: Fields, compiler: Compiler) -> dict[str, Template]:
    env = {}
    for name, node in fields.members("env").items():
        pointer = pointer_to(fields.pointer_of("env"), name)
        _check_name(name, node, pointer, fields.faults)
        template = compiler.template(node, pointer)
        if template is not None:
            env[name] = template
    return env


def _outputs(fields: Fields, compiler: Compiler) -> tuple[dict[str, Expression], frozenset[str]]:
    outputs, secrets = {}, set()
    for name, node in fields.members("outputs").items():
        pointer = pointer_to(fields.pointer_of("outputs"), name)
        _check_name(name, node, pointer, fields.faults)
        source: Node | None = node
        if isinstance(node.value, dict):
            inner = Fields(node, pointer, fields.faults, what="an output", known=("from", "secret"))
            secrets |= {name} if inner.flag("secret") else set()
            source, pointer = inner.node("from", required=True), inner.pointer_of("from")
        expression = None if source is None else compiler.expression(source, pointer)
        if expression is not None:
            outputs[name] = expression
    return outputs, frozenset(secrets)


def _check_name(name: str, node: Node, pointer: str, faults: Faults) -> None:
    if not is_name(name):
        faults.add("TM204", f'"{name}" cannot name a variable', node.place, pointer, name_hint(name))
