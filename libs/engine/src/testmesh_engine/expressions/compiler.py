"""Turns a tree into closures, once; running them needs no tree any more."""

from collections.abc import Callable

from testmesh_engine.expressions import on_texts
from testmesh_engine.expressions.access import Absence, read_index, read_key, read_slice
from testmesh_engine.expressions.arithmetic import calculate, negated, spread
from testmesh_engine.expressions.errors import (
    BAD_PATH,
    BAD_PATTERN,
    ExpressionError,
    ExpressionSyntaxError,
    LimitExceededError,
    TypeMismatchError,
    UnknownNameError,
    known_names,
    nearest,
)
from testmesh_engine.expressions.frames import Closure, Compared, Frame, Operand, ScopeFunction
from testmesh_engine.expressions.functions import FROM_SCOPE, FUNCTIONS
from testmesh_engine.expressions.generators import in_order_of_use
from testmesh_engine.expressions.operators import COMPARING, truth
from testmesh_engine.expressions.paths import compile_path
from testmesh_engine.expressions.predicates import PREDICATES, Walk
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
from testmesh_engine.expressions.unequal_kinds import refuse_unequal_kinds
from testmesh_engine.expressions.values import equal, to_text

_PLAIN = frozenset({int, str, bool, type(None)})


def compile_node(node: Node) -> Closure:
    """Return a closure that evaluates the node."""
    return Compiler(observed=False).compile(node)


def compile_observed(node: Node) -> Closure:
    """Return a closure that evaluates the node, and leaves in the frame what it read on the way."""
    compiler = Compiler(observed=True)
    compiler.decide(node)
    return compiler.compile(node)


class Compiler:
    """Makes closures of nodes; an observed one records operands outside of predicates."""

    def __init__(self, *, observed: bool) -> None:
        self._observed = observed
        self._deciding: set[int] = set()

    def decide(self, node: Node) -> None:
        """Mark the equations whose truth the whole needs: the root, and what `and` joins to it."""
        if isinstance(node, Binary) and node.operator == "and":
            self.decide(node.left)
            self.decide(node.right)
        elif isinstance(node, Binary) and node.operator == "==":
            self._deciding.add(id(node))

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
        name, offset = node.name, node.offset

        def read(frame: Frame) -> object:
            try:
                value = frame.scope[name]
            except KeyError:
                raise _unknown(name, frame, offset) from None
            if type(value) is ScopeFunction:
                raise TypeMismatchError(f"`{name}` is a function; call it with brackets", offset)
            return value

        return read

    def defaulted(self, node: Defaulted) -> Closure:
        name, fallback = node.name, node.fallback
        read = self.name(Name(name, offset=node.offset))
        return lambda frame: read(frame) if name in frame.scope else fallback

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
        pieces = [_constant(piece) if isinstance(piece, str) else self.compile(piece) for piece in node.pieces]
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
            return _key_reader(base, node.key, own, origin, offset)
        if isinstance(node.index, Literal) and isinstance(node.index.value, str):
            return _key_reader(base, node.index.value, own, origin, offset)
        index = self.compile(node.index)

        def read(frame: Frame) -> object:
            try:
                return read_index(base(frame), index(frame), own, origin)
            except ExpressionError as error:
                raise error.at(offset) from None

        return read

    def slice_of(self, node: Slice) -> Closure:
        base, origin = self._unseen(node.base), node.base
        start = self.compile(node.start) if node.start else _constant(None)
        stop = self.compile(node.stop) if node.stop else _constant(None)
        return _placed(lambda frame: read_slice(base(frame), start(frame), stop(frame), frame, origin), node)

    def unary(self, node: Unary) -> Closure:
        operator, inner = node.operator, node.operand
        if operator == "not" and isinstance(inner, Binary) and inner.operator == "==":
            operand = self._equation(inner, negated=True)
        else:
            operand = self.compile(inner)
        if operator == "not":
            return _placed(lambda frame: not truth(operand(frame), "not"), node)
        return _placed(lambda frame: negated(operand(frame), operator), node)

    def binary(self, node: Binary) -> Closure:
        operator = node.operator
        if operator in ("==", "!="):
            return self._equation(node)
        if operator == "??":
            return self._coalesced(node)
        left, right = self.compile(node.left), self.compile(node.right)
        if operator == "and":
            return _placed(lambda frame: truth(left(frame), "and") and truth(right(frame), "and"), node)
        if operator == "or":
            return _placed(lambda frame: truth(left(frame), "or") or truth(right(frame), "or"), node)
        if operator == "..":
            return _placed(lambda frame: spread(left(frame), right(frame), frame), node)
        if operator in COMPARING:
            if operator == "matches":
                _check_pattern(node.right)
            judge = COMPARING[operator]
            return _placed(lambda frame: judge(frame, left(frame), right(frame)), node)
        return _placed(lambda frame: calculate(left(frame), right(frame), operator, frame), node)

    def _coalesced(self, node: Binary) -> Closure:
        left, right = self.compile(node.left, Absence.OPTIONAL), self.compile(node.right)

        def choose(frame: Frame) -> object:
            value = left(frame)
            return right(frame) if value is None else value

        return choose

    def _equation(self, node: Binary, *, negated: bool = False) -> Closure:
        left = self.compile(node.left, Absence.NIL if _is_nil(node.right) else Absence.ERROR)
        right = self.compile(node.right, Absence.NIL if _is_nil(node.left) else Absence.ERROR)
        wanted = node.operator == "=="
        strict, sides = negated or not wanted, (node.left, node.right)
        watch = _watcher(node) if id(node) in self._deciding else None

        def judge(frame: Frame) -> object:
            one, other = left(frame), right(frame)
            if watch is not None:
                watch(frame, one, other)
            if type(one) is type(other) and type(one) in _PLAIN:
                if type(one) is str:
                    frame.pass_over(one, other)
                return (one == other) is wanted
            try:
                same = equal(one, other, frame)
                if strict and not same:
                    refuse_unequal_kinds(one, other, sides, frame)
            except ExpressionError as error:
                raise error.at(node.offset) from None
            return same is wanted

        return judge

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
        arguments = [self.compile(argument) for argument in node.arguments]
        if node.name == "jsonpath":
            _check_path(node.arguments[1])
        if node.name in FROM_SCOPE or node.name == "now":
            return _placed(_scope_call(node.name, arguments), node)
        function = FUNCTIONS[node.name].call

        def run(frame: Frame) -> object:
            frame.spend(1)
            return function(frame, *[argument(frame) for argument in arguments])

        return _placed(run, node)

    def predicate(self, node: Predicate) -> Closure:
        items = self.compile(node.items)
        order = self.compile(node.order) if node.order else None
        observed, self._observed = self._observed, False
        body = self.compile(node.body) if node.body else None
        self._observed = observed
        weight = 1 + (sum(1 for _ in walk(node.body)) if node.body else 0)
        name, judge = node.name, PREDICATES[node.name]

        def run(frame: Frame) -> object:
            each = Walk(name, frame, items(frame), body, weight)
            if order is not None:
                each.order = order(frame)
            return judge(each)

        return _placed(run, node)


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


def _constant(value: object) -> Closure:
    return lambda _: value


def _placed(closure: Closure, node: Node) -> Closure:
    """Give the errors of a closure the node's place."""
    offset = node.offset

    def run(frame: Frame) -> object:
        try:
            return closure(frame)
        except ExpressionError as error:
            raise error.at(offset) from None

    return run


def _key_reader(base: Closure, key: str, absence: Absence, origin: Node, offset: int) -> Closure:
    def read(frame: Frame) -> object:
        value = base(frame)
        if type(value) is dict and key in value:
            return value[key]
        try:
            return read_key(value, key, absence, origin)
        except ExpressionError as error:
            raise error.at(offset) from None

    return read


def _scope_call(name: str, arguments: list[Closure]) -> Closure:
    def run(frame: Frame) -> object:
        frame.spend(1)
        supplied = frame.scope.get(name)
        given = [argument(frame) for argument in arguments]
        if isinstance(supplied, ScopeFunction):
            made = supplied.call(*given)
            frame.spend(len(made) if isinstance(made, str) else 0)
            return made
        if name in FUNCTIONS:
            return FUNCTIONS[name].call(frame, *given)
        raise UnknownNameError(f"{name}() is not supplied here: what is in scope has no such function")

    return run


def _watcher(node: Binary) -> Callable[[Frame, object, object], None]:
    left, right = render(node.left), render(node.right)
    right_is_expected = not isinstance(node.left, Literal | ListOf | MapOf)

    def watch(frame: Frame, one: object, other: object) -> None:
        frame.compared.append(Compared(one, other, left, right, right_is_expected))

    return watch


def _unknown(name: str, frame: Frame, offset: int) -> UnknownNameError:
    names = in_order_of_use(name, map(str, frame.scope))
    return UnknownNameError(f"there is no `{name}` here; {known_names(names)}.{nearest(name, names)}", offset)


def _is_nil(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None


def _check_pattern(node: Node) -> None:
    if isinstance(node, Literal) and isinstance(node.value, str):
        try:
            on_texts.pattern(node.value)
        except (ValueError, LimitExceededError) as error:
            raise ExpressionSyntaxError(BAD_PATTERN, str(error), node.offset) from None


def _check_path(node: Node) -> None:
    if isinstance(node, Literal) and isinstance(node.value, str):
        try:
            compile_path(node.value)
        except ValueError as error:
            raise ExpressionSyntaxError(BAD_PATH, str(error), node.offset) from None
