"""Which element decided a predicate against the assertion, and what was read of it."""

from collections.abc import Callable, Iterator

from testmesh_engine.expressions.differences import told
from testmesh_engine.expressions.errors import ExpressionError
from testmesh_engine.expressions.frames import Closure, Operand
from testmesh_engine.expressions.predicates import Walk
from testmesh_engine.expressions.syntax import Predicate
from testmesh_engine.expressions.values import shown

Explain = Callable[[Walk, object], None]
TRUTHS = frozenset(("all", "any", "none", "one"))
_MOST_ELEMENTS = 3
_SHOWN = 80


def explaining(node: Predicate, wanted: bool, body: Closure | None) -> Explain:
    """Return what tells of an answer that is not `wanted`; `body` is the predicate, watched."""

    def explain(each: Walk, answer: object) -> None:
        if answer is not wanted and each.frame.watching:
            each.frame.tell(list(_lines(node.name, wanted, each, body)))

    return explain


def _lines(name: str, wanted: bool, each: Walk, body: Closure | None) -> Iterator[str]:
    count = len(each.found)
    if not count:
        yield f"{name}: the list is empty"
    elif name == "one" and wanted and len(each.held) > 1:
        yield f"one: the elements {each.held} of {count} hold, and only one should"
    elif wanted and name in ("any", "one"):
        yield f"{name}: none of the {count} elements holds"
        for place in range(min(count, _MOST_ELEMENTS)):
            yield from _element(each, place, body, f"  [{place}] is", keep=False)
        if count > _MOST_ELEMENTS:
            yield "  …"
    elif wanted is (name in ("all", "none")) or name == "any":
        verb = "does not hold" if name == "all" else "holds"
        yield from _element(each, each.place, body, f"{name}: element [{each.place}] of {count} {verb}:", keep=True)
    else:
        yield f"{name}: that is so for the {count} elements, and should not be"


def _element(each: Walk, place: int, body: Closure | None, said: str, *, keep: bool) -> Iterator[str]:
    """One element with what the predicate read of it; what is read elsewhere becomes an operand in any case."""
    yield f"{said} {shown(each.found[place], _SHOWN)}"
    if body is None:
        return
    frame = each.frame
    outer = frame.element, frame.operands, frame.compared, frame.told
    frame.element, frame.operands, frame.compared, frame.told = each.found[place], [], [], []
    try:
        body(frame)
        lines = [*told(frame.compared), *frame.told]
    except ExpressionError as error:
        lines = [error.message]
    finally:
        read = frame.operands
        frame.element, frame.operands, frame.compared, frame.told = outer
    own = [operand for operand in read if operand.text[0] in "#."]
    frame.operands += read if keep else [operand for operand in read if operand not in own]
    if not keep:
        yield from (f"      {_operand(operand)}" for operand in own if operand.text != "#")
    yield from (f"{'    ' if keep else '      '}{line}" for line in lines)


def _operand(operand: Operand) -> str:
    return f"{operand.text} = {shown(operand.value, _SHOWN)}"
