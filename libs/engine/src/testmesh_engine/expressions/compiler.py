"""Turns a tree into closures, once; running them needs no tree any more."""

from collections.abc import Callable
from functools import partial

from testmesh_engine.expressions.access import Absence, read_index, read_slice
from testmesh_engine.expressions.arithmetic import calculate, negated, spread
from testmesh_engine.expressions.calls import call, check_pattern
from testmesh_engine.expressions.deciding import deciding, forgetting
from testmesh_engine.expressions.doubts import DOUBTED, doubt_absence, doubting, emptiness_doubt
from testmesh_engine.expressions.elements import TRUTHS, Explain, explaining
from testmesh_engine.expressions.equations import equation, keeping
from testmesh_engine.expressions.errors import ExpressionError
from testmesh_engine.expressions.explanations import compared_wrongly
from testmesh_engine.expressions.frames import Closure, Frame, Operand
from testmesh_engine.expressions.operators import COMPARING, truth
from testmesh_engine.expressions.predicates import PREDICATES, Walk
from testmesh_engine.expressions.reading import constant, key_reader, name_reader, placed
from testmesh_engine.expressions.syntax import (
    Binary,
    Call,
    Conditional,
    Defaulted,
    Element,
    Index,
    Interpolation,
    ListOf,
    Literal,
    MapOf,
    Member,
    Name,
    Node,
    Predicate,
    Slice,
    Unary,
    render,
    walk,
)
from testmesh_engine.expressions.values import to_text


def compile_node(node: Node, strict: frozenset[int]) -> Closure:
    """Return a closure that evaluates the node; the equations with `strict` ids refuse values of different kinds."""
    return Compiler(strict, observed=False).compile(node)


def compile_observed(node: Node, strict: frozenset[int], *, wanted: bool = True) -> Closure:
    """Return a closure that evaluates the node, and leaves in the frame what it read, and why it is not `wanted`."""
    return Compiler(strict, observed=True, deciding=deciding(node, wanted)).compile(node)


class Compiler:
    """Makes closures of nodes; an observed one records operands outside of predicates."""

    def __init__(self, strict: frozenset[int], *, observed: bool, deciding: dict[int, bool] | None = None) -> None:
        self._strict = strict
        self._watched = self._observed = observed
        self._judged = False
        self._deciding = deciding or {}

    def compile(self, node: Node, absence: Absence = Absence.ERROR) -> Closure:
        """Compile a node; `absence` says what a missing last key is."""
        if isinstance(node, Member | Index):
            return self._seen(node, self._access(node, absence))
        build = _BUILDERS[type(node)]
        return self._seen(node, build(self, node))

    def _seen(self, node: Node, closure: Closure) -> Closure:
        if not self._observed or not isinstance(node, Name | Member | Index | Slice | Call | Predicate | Defaulted):
            return closure
        text = render(node)

        def observe(frame: Frame) -> object:
            value = closure(frame)
            frame.operands.append(Operand(text, value))
            return value

        return observe

    def _unseen(self, node: Node, absence: Absence = Absence.ERROR) -> Closure:
        """The base of an access: `a.b.c` is one operand, not three."""
        if not isinstance(node, Name | Member | Index):
            return self.compile(node, absence)
        observed, self._observed = self._observed, False
        closure = self.compile(node, absence)
        self._observed = observed
        return closure

    def literal(self, node: Literal) -> Closure:
        value = node.value
        return lambda _: value

    def name(self, node: Name) -> Closure:
        return name_reader(node)

    def defaulted(self, node: Defaulted) -> Closure:
        name, fallback = node.name, node.fallback
        read = name_reader(Name(name, offset=node.offset))

        def choose(frame: Frame) -> object:
            value = read(frame) if name in frame.scope else None
            return fallback if value is None or value == "" else value

        return choose

    def element(self, _: Element) -> Closure:
        return lambda frame: frame.element

    def list_of(self, node: ListOf) -> Closure:
        items = [self.compile(item) for item in node.items]

        def build(frame: Frame) -> object:
            frame.spend(1 + len(items))
            return [item(frame) for item in items]

        return build

    def map_of(self, node: MapOf) -> Closure:
        entries = [(key, self.compile(value)) for key, value in node.entries]

        def build(frame: Frame) -> object:
            frame.spend(1 + len(entries))
            return {key: value(frame) for key, value in entries}

        return build

    def interpolation(self, node: Interpolation) -> Closure:
        pieces = [constant(piece) if isinstance(piece, str) else self.compile(piece) for piece in node.pieces]
        offset = node.offset

        def build(frame: Frame) -> object:
            try:
                texts = [to_text(piece(frame), frame) for piece in pieces]
                frame.admit_text(sum(map(len, texts)))
            except ExpressionError as error:
                raise error.at(offset) from None
            return "".join(texts)

        return build

    def _access(self, node: Member | Index, absence: Absence) -> Closure:
        own = Absence.OPTIONAL if node.optional else absence
        inner = Absence.OPTIONAL if absence is Absence.OPTIONAL else Absence.ERROR
        base, origin, offset = self._unseen(node.base, inner), node.base, node.offset
        if isinstance(node, Member):
            return key_reader(base, node.key, own, origin, offset)
        if isinstance(node.index, Literal) and isinstance(node.index.value, str):
            return key_reader(base, node.index.value, own, origin, offset)
        index = self.compile(node.index)

        def read(frame: Frame) -> object:
            try:
                return read_index(base(frame), index(frame), own, origin)
            except ExpressionError as error:
                raise error.at(offset) from None

        return read

    def slice_of(self, node: Slice) -> Closure:
        base, origin = self._unseen(node.base), node.base
        start = self.compile(node.start) if node.start else constant(None)
        stop = self.compile(node.stop) if node.stop else constant(None)
        return placed(lambda frame: read_slice(base(frame), start(frame), stop(frame), frame, origin), node)

    def unary(self, node: Unary) -> Closure:
        operator, operand = node.operator, self.compile(node.operand)
        if operator == "not":
            return placed(lambda frame: not truth(operand(frame), "not"), node)
        return placed(lambda frame: negated(operand(frame), operator), node)

    def binary(self, node: Binary) -> Closure:
        operator = node.operator
        if operator in ("==", "!="):
            return self._equation(node)
        if operator == "??":
            return self._coalesced(node)
        left, right = self.compile(node.left), self.compile(node.right)
        if operator in ("and", "or"):
            return self._joined(node, left, right)
        if operator == "..":
            return placed(lambda frame: spread(left(frame), right(frame), frame), node)
        if operator in COMPARING:
            if operator == "matches":
                check_pattern(node.right)
            return placed(self._comparison(node, left, right), node)
        return placed(lambda frame: calculate(left(frame), right(frame), operator, frame), node)

    def _joined(self, node: Binary, left: Closure, right: Closure) -> Closure:
        wanted = self._deciding.get(id(node))
        if node.operator == "and":
            join = placed(lambda frame: truth(left(frame), "and") and truth(right(frame), "and"), node)
        else:
            join = placed(lambda frame: truth(left(frame), "or") or truth(right(frame), "or"), node)
        return join if wanted is None else forgetting(join, wanted)

    def _comparison(self, node: Binary, left: Closure, right: Closure) -> Closure:
        judge, wanted = COMPARING[node.operator], self._deciding.get(id(node))
        if node.operator in ("in", "contains"):
            judge = partial(judge, named=render(node.right if node.operator == "in" else node.left))
        if wanted is None:
            return lambda frame: judge(frame, left(frame), right(frame))

        def compare(frame: Frame) -> object:
            one, other = left(frame), right(frame)
            answer = judge(frame, one, other)
            if answer is not wanted:
                frame.tell(compared_wrongly(node, one, other, wanted))
            elif not wanted:
                doubt_absence(frame, node, one, other)
            return answer

        return compare

    def _coalesced(self, node: Binary) -> Closure:
        left, right = self.compile(node.left, Absence.OPTIONAL), self.compile(node.right)

        def choose(frame: Frame) -> object:
            value = left(frame)
            return right(frame) if value is None else value

        return choose

    def _equation(self, node: Binary) -> Closure:
        left = self.compile(node.left, Absence.NIL if _is_nil(node.right) else Absence.ERROR)
        right = self.compile(node.right, Absence.NIL if _is_nil(node.left) else Absence.ERROR)
        equals = node.operator == "=="
        watch = keeping(node) if self._deciding.get(id(node)) is equals else None
        if self._judged and equals:
            watch = doubting(node)
        return equation(node, left, right, watch, strict=id(node) in self._strict)

    def conditional(self, node: Conditional) -> Closure:
        test, then, otherwise = map(self.compile, (node.test, node.then, node.otherwise))
        offset = node.offset

        def choose(frame: Frame) -> object:
            try:
                chosen = then if truth(test(frame), "? :") else otherwise
            except ExpressionError as error:
                raise error.at(offset) from None
            return chosen(frame)

        return choose

    def call(self, node: Call) -> Closure:
        return placed(call(node, [self.compile(argument) for argument in node.arguments]), node)

    def predicate(self, node: Predicate) -> Closure:
        items = self.compile(node.items)
        order = self.compile(node.order) if node.order else None
        body = self._body(node)
        weight = 1 + (sum(1 for _ in walk(node.body)) if node.body else 0)
        name, judge, doubt = node.name, PREDICATES[node.name], emptiness_doubt(node) if self._watched else None
        explain = self._explaining(node)

        def run(frame: Frame) -> object:
            each = Walk(name, frame, items(frame), body, weight)
            if order is not None:
                each.order = order(frame)
            if doubt is not None:
                doubt(each)
            answer = judge(each)
            if explain is not None:
                explain(each, answer)
            return answer

        return placed(run, node)

    def _body(self, node: Predicate) -> Closure | None:
        """The body, whose operands are no operands of the assertion: there are as many as elements."""
        if node.body is None:
            return None
        outside = self._observed, self._judged
        self._observed, self._judged = False, self._watched and node.name in DOUBTED
        body = self.compile(node.body)
        self._observed, self._judged = outside
        return body

    def _explaining(self, node: Predicate) -> Explain | None:
        wanted = self._deciding.get(id(node))
        if wanted is None or node.name not in TRUTHS:
            return None
        of_body = wanted is (node.name != "none")
        body = None if node.body is None else compile_observed(node.body, self._strict, wanted=of_body)
        return explaining(node, wanted, body)


def _is_nil(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None


_BUILDERS: dict[type[Node], Callable[..., Closure]] = {
    Literal: Compiler.literal,
    Name: Compiler.name,
    Defaulted: Compiler.defaulted,
    Element: Compiler.element,
    ListOf: Compiler.list_of,
    MapOf: Compiler.map_of,
    Interpolation: Compiler.interpolation,
    Slice: Compiler.slice_of,
    Unary: Compiler.unary,
    Binary: Compiler.binary,
    Conditional: Compiler.conditional,
    Call: Compiler.call,
    Predicate: Compiler.predicate,
}
