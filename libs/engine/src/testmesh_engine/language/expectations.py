"""What a step asserts and sets, from its nodes."""

from collections.abc import Iterable

from testmesh_engine.language.compiling import Compiler
from testmesh_engine.language.diagnostics import pointer_to
from testmesh_engine.language.fields import Fields
from testmesh_engine.language.models import Assertion, Output
from testmesh_engine.language.nodes import Node
from testmesh_engine.names import is_name, name_hint

_QUOTES = 'an expression that has ": " in it needs quotes'


def read_assertions(items: Iterable[Node], pointer: str, compiler: Compiler) -> tuple[Assertion, ...]:
    """Return the assertions of a list: expressions, or maps of `that` and `message`."""
    read = (_assertion(item, pointer_to(pointer, index), compiler) for index, item in enumerate(items))
    return tuple(assertion for assertion in read if assertion is not None)


def _assertion(item: Node, pointer: str, compiler: Compiler) -> Assertion | None:
    node, message = item, None
    if isinstance(item.value, dict):
        if "that" not in item.value and len(item.value) == 1 and "message" not in item.value:
            said = f'an assertion is an expression or {{that, message}}, here is the key "{next(iter(item.value))}"'
            compiler.faults.add("TM201", said, item.place, pointer, _QUOTES)
            return None
        fields = Fields(item, pointer, compiler.faults, what="an assertion", known=("that", "message"))
        text = fields.node("message") if fields.text("message") else None
        message = None if text is None else compiler.template(text, fields.pointer_of("message"))
        that = fields.node("that", required=True)
        if that is None:
            return None
        node, pointer = that, fields.pointer_of("that")
    expression = compiler.expression(node, pointer)
    return None if expression is None else Assertion(expression, message, *node.place)


def read_outputs(fields: Fields, compiler: Compiler) -> tuple[Output, ...]:
    """Return the variables that a step sets: selectors, or maps of `from` and `secret`."""
    pointer = fields.pointer_of("output")
    read = (_output(name, item, pointer_to(pointer, name), compiler) for name, item in fields.members("output").items())
    return tuple(output for output in read if output is not None)


def _output(name: str, item: Node, pointer: str, compiler: Compiler) -> Output | None:
    node, secret = item, False
    if not is_name(name):
        compiler.faults.add("TM204", f'"{name}" cannot name a variable', item.place, pointer, name_hint(name))
    if isinstance(item.value, dict):
        fields = Fields(item, pointer, compiler.faults, what="an output", known=("from", "secret"))
        secret = fields.flag("secret")
        source = fields.node("from", required=True)
        if source is None:
            return None
        node, pointer = source, fields.pointer_of("from")
    selector = compiler.selector(node, pointer)
    return None if selector is None else Output(name, selector, secret)
