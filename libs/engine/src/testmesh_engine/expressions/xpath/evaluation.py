"""Evaluates the tree of an XPath at a node."""

from collections.abc import Callable, Iterable
from math import fmod, isfinite, isinf, isnan, nan
from operator import attrgetter

from testmesh_engine.expressions.errors import InvalidArgumentError, NothingFoundError, known_names
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.xpath.axes import AXES
from testmesh_engine.expressions.xpath.comparisons import compared
from testmesh_engine.expressions.xpath.conversions import XPathValue, as_nodes, as_number, as_truth, divided
from testmesh_engine.expressions.xpath.documents import Document, XmlNode
from testmesh_engine.expressions.xpath.functions import FUNCTIONS
from testmesh_engine.expressions.xpath.syntax import (
    Constant,
    Filtered,
    FunctionCall,
    Negative,
    Operation,
    Part,
    Path,
    Step,
    Test,
)

_COMPARING = frozenset(("=", "!=", "<", "<=", ">", ">="))
_OF_NOTHING = frozenset(("boolean", "count", "local-name", "name", "namespace-uri", "not", "sum"))
"""Functions to which no node is an answer, too."""


class Evaluation:
    """One document, and the node at hand with its place among how many."""

    def __init__(self, document: Document, frame: Frame) -> None:
        self.document = document
        self.frame = frame
        self.node = document.root
        self.position = 1
        self.size = 1
        self._judging = 0

    def value(self, part: Part) -> list[XmlNode] | str | int | float | bool:
        """The value of a whole path in types of the flow language."""
        found = self._value(part)
        if isinstance(found, float):
            if not isfinite(found):
                raise InvalidArgumentError("the XPath computes no number: what it adds or converts is none (NaN)")
            return int(found) if found.is_integer() else found
        return found

    def _value(self, part: Part) -> XPathValue:
        self.frame.spend(1)
        match part:
            case Constant(value=value):
                return value
            case Path():
                return self._path(part)
            case Filtered(start=start, predicates=predicates):
                nodes = as_nodes(self._value(start), "a predicate")
                for predicate in predicates:
                    nodes = self._kept(nodes, predicate)
                return nodes
            case FunctionCall(name=name, arguments=arguments):
                values = [self._value(argument) for argument in arguments]
                if name not in _OF_NOTHING:
                    self._refuse_nothing(f"{name}()", *values)
                return FUNCTIONS[name].call(self, *values)
            case Negative(operand=operand):
                return -as_number(self._value(operand), self.frame)
            case Operation(operator=operator, left=left, right=right):
                return self._operation(operator, left, right)
        raise AssertionError(f"a part without a value: {type(part).__name__}")

    def _operation(self, operator: str, left: Part, right: Part) -> XPathValue:
        if operator == "and":
            return as_truth(self._value(left)) and as_truth(self._value(right))
        if operator == "or":
            return as_truth(self._value(left)) or as_truth(self._value(right))
        one, other = self._value(left), self._value(right)
        if operator == "|":
            return _in_order([*as_nodes(one, "`|`"), *as_nodes(other, "`|`")])
        if operator in _COMPARING:
            self._refuse_nothing(f"`{operator}`", one, other)
            return compared(operator, one, other, self.frame)
        return _calculated(operator, as_number(one, self.frame), as_number(other, self.frame))

    def _refuse_nothing(self, what: str, *values: XPathValue) -> None:
        """Outside of a predicate no nodes are no text: `not(//nmae = 'Bob')` would hold for its misspelling."""
        if not self._judging and any(value == [] for value in values):
            raise NothingFoundError(f"in the XPath, {what} is given a path that finds nothing; {self.document.told()}")

    def _path(self, path: Path) -> list[XmlNode]:
        if path.start is not None:
            nodes = as_nodes(self._value(path.start), "a path")
        else:
            nodes = [self.document.root if path.absolute else self.node]
        for step in path.steps:
            found: list[XmlNode] = []
            for node in nodes:
                found += self._step(node, step)
            nodes = _in_order(found)
        return nodes

    def _step(self, node: XmlNode, step: Step) -> list[XmlNode]:
        found: list[XmlNode] = []
        fits = self._fitting(step.test)
        for met in AXES[step.axis](node, self.frame):
            self.frame.spend(1)
            if fits(met):
                found.append(met)
        for predicate in step.predicates:
            found = self._kept(found, predicate)
        return found

    def _kept(self, nodes: list[XmlNode], predicate: Part) -> list[XmlNode]:
        outer = self.node, self.position, self.size
        kept: list[XmlNode] = []
        self._judging += 1
        for place, node in enumerate(nodes, 1):
            self.node, self.position, self.size = node, place, len(nodes)
            answer = self._value(predicate)
            if answer == place if type(answer) is float else as_truth(answer):
                kept.append(node)
        self.node, self.position, self.size = outer
        self._judging -= 1
        return kept

    def _fitting(self, test: Test) -> Callable[[XmlNode], bool]:
        if test.kind == "node":
            return lambda _: True
        if test.name == "*" and not test.prefix:
            return lambda node: node.kind == test.kind
        if test.kind == "instruction":
            return lambda node: node.kind == "instruction" and node.name == test.name
        spaces = self._spaces(test)
        return lambda node: node.kind == test.kind and test.name in ("*", node.name) and node.uri in spaces

    def _spaces(self, test: Test) -> Iterable[str]:
        """The namespaces a name may be in: without a prefix also the document's own, as its author writes them."""
        known = self.document.namespaces
        if not test.prefix:
            return ("", self.document.default_namespace) if test.kind == "element" else ("",)
        if test.prefix not in known:
            message = f"the document declares no namespace prefix `{test.prefix}`; {known_names(filter(None, known))}"
            raise InvalidArgumentError(message)
        return known[test.prefix]


def _in_order(nodes: list[XmlNode]) -> list[XmlNode]:
    return sorted({node.order: node for node in nodes}.values(), key=attrgetter("order"))


def _calculated(operator: str, left: float, right: float) -> float:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if operator == "div":
        return divided(left, right)
    if isnan(left) or isnan(right) or isinf(left) or right == 0:
        return nan
    return fmod(left, right)
