"""Reads tokens into the tree: one table of precedences, one method for each form."""

from testmesh_engine.expressions.errors import (
    TOO_LARGE,
    UNEXPECTED,
    UNKNOWN_FUNCTION,
    WRONG_ARGUMENTS,
    ExpressionSyntaxError,
    nearest,
)
from testmesh_engine.expressions.functions import function_names, signature, spelled
from testmesh_engine.expressions.limits import MAX_NESTING, MAX_SOURCE, MAX_TREE
from testmesh_engine.expressions.precedence import (
    COMPARING,
    CONSTANTS,
    PRECEDENCE,
    PREFIXES,
    RESERVED,
    SPELLINGS,
    WORD_COMPARISONS,
)
from testmesh_engine.expressions.predicates import ARGUMENT_OR_BODY, BODY_OPTIONAL, PREDICATES
from testmesh_engine.expressions.references import has_reference, joined, next_reference
from testmesh_engine.expressions.syntax import (
    Binary,
    Call,
    Conditional,
    Defaulted,
    Element,
    Index,
    ListOf,
    Literal,
    MapOf,
    Member,
    Name,
    Node,
    Predicate,
    Slice,
    Unary,
    walk,
)
from testmesh_engine.expressions.tokens import Token, tokenize


def parse(text: str) -> Node:
    """Return the tree of a whole text."""
    if len(text) > MAX_SOURCE:
        raise ExpressionSyntaxError(TOO_LARGE, f"an expression is at most {MAX_SOURCE} characters", 0)
    reader = _Reader(tokenize(text))
    root = reader.expression()
    reader.expect_end()
    return _bounded(root)


def parse_text(text: str, nesting: int = 0, in_predicate: int = 0) -> Node:
    """Return the tree of a text with references: a Literal, the reference's own tree, or an Interpolation."""
    pieces: list[str | Node] = []
    position = 0
    while (start := next_reference(text, position)) >= 0:
        if text.startswith("${", start) and start > position and text[start - 1] == "$":
            pieces.append(text[position : start - 1] + "${")
            position = start + 2
            continue
        pieces.append(text[position:start])
        reader = _Reader(tokenize(text, start, until_closed=True), nesting, in_predicate)
        pieces.append(_bounded(reader.primary()))
        reader.expect_end()
        position = reader.ahead.offset
    pieces.append(text[position:])
    return joined(pieces)


def _bounded(root: Node) -> Node:
    for node, depth in walk(root):
        if depth > MAX_TREE:
            message = f"more than {MAX_TREE} operators or accesses in one chain"
            raise ExpressionSyntaxError(TOO_LARGE, message, node.offset)
    return root


class _Reader:
    """Stands at a token; each method reads one form and steps over it."""

    def __init__(self, tokens: list[Token], nesting: int = 0, in_predicate: int = 0) -> None:
        self._tokens = tokens
        self._position = 0
        self._nesting = nesting
        self._in_predicate = in_predicate

    @property
    def ahead(self) -> Token:
        return self._tokens[self._position]

    def _take(self) -> Token:
        token = self.ahead
        if token.kind != "end":
            self._position += 1
        return token

    def _is(self, *texts: str) -> bool:
        return self.ahead.kind in ("operator", "word") and self.ahead.text in texts

    def _accept(self, text: str) -> bool:
        if self._is(text):
            self._position += 1
            return True
        return False

    def _expect(self, text: str, after: str) -> None:
        if not self._accept(text):
            raise self._unexpected(f"`{text}` is missing {after}")

    def _unexpected(self, wanted: str) -> ExpressionSyntaxError:
        token = self.ahead
        there = "the text ends" if token.kind == "end" else f"there is `{token.text[:40]}`"
        return ExpressionSyntaxError(UNEXPECTED, f"{wanted}; {there}", token.offset)

    def expect_end(self) -> None:
        if self.ahead.kind != "end":
            raise self._unexpected("the expression should end here, or an operator is missing")

    def expression(self) -> Node:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise ExpressionSyntaxError(TOO_LARGE, f"nested more than {MAX_NESTING} deep", self.ahead.offset)
        offset = self.ahead.offset
        node = self._operators(0)
        if self._accept("?"):
            then = self.expression()
            self._expect(":", "between the two values of `? :`")
            node = Conditional(node, then, self.expression(), offset=offset)
        self._nesting -= 1
        return node

    def _operators(self, least: int) -> Node:
        left = self._prefixed()
        compared = False
        while True:
            negated = self._is("not") and self._tokens[self._position + 1].text in WORD_COMPARISONS
            token = self._tokens[self._position + 1] if negated else self.ahead
            operator = SPELLINGS.get(token.text, token.text)
            precedence = PRECEDENCE.get(operator, -1) if token.kind in ("operator", "word") else -1
            if precedence < least:
                return left
            if compared and precedence == COMPARING:
                message = "comparisons do not chain; join them with `and`, or put one in brackets"
                raise ExpressionSyntaxError(UNEXPECTED, message, token.offset)
            compared = precedence == COMPARING
            self._position += 2 if negated else 1
            left = self._binary(operator, left, precedence, token.offset)
            left = Unary("not", left, offset=token.offset) if negated else left

    def _binary(self, operator: str, left: Node, precedence: int, offset: int) -> Node:
        if operator == "|":
            return self._accesses(self._piped(left))
        if operator == "^":
            self._nesting += 1
            right = self._operators(precedence)
            self._nesting -= 1
        else:
            right = self._operators(precedence + 1)
        return Binary(operator, left, right, offset=offset)

    def _piped(self, first: Node) -> Node:
        token = self._take()
        if token.kind != "word" or not self._is("("):
            raise self._unexpected("after `|` stands a function with its brackets, as in `| len()`")
        return self._call(token, first)

    def _prefixed(self) -> Node:
        if not self._is(*PREFIXES):
            return self._accesses(self.primary())
        token = self._take()
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise ExpressionSyntaxError(TOO_LARGE, f"nested more than {MAX_NESTING} deep", token.offset)
        operand = self._operators(PREFIXES[token.text])
        self._nesting -= 1
        return Unary("not" if token.text == "!" else token.text, operand, offset=token.offset)

    def primary(self) -> Node:
        token = self._take()
        match token.kind:
            case "number":
                assert isinstance(token.value, int | float)
                return Literal(token.value, offset=token.offset)
            case "raw":
                return Literal(str(token.value), offset=token.offset)
            case "text":
                return self._text_value(token)
            case "default":
                return Defaulted(token.text, str(token.value), offset=token.offset)
            case "word":
                return self._word(token)
            case "operator":
                return self._bracketed(token)
        self._back(token)
        raise self._unexpected("a value is missing")

    def _back(self, token: Token) -> None:
        self._position = self._tokens.index(token)

    def _text_value(self, token: Token) -> Node:
        value = str(token.value)
        if not has_reference(value):
            return Literal(value, offset=token.offset)
        if self._nesting >= MAX_NESTING:
            raise ExpressionSyntaxError(TOO_LARGE, f"nested more than {MAX_NESTING} deep", token.offset)
        try:
            return parse_text(value, self._nesting + 1, self._in_predicate)
        except ExpressionSyntaxError as error:
            raise ExpressionSyntaxError(error.code, error.message, token.offset) from error

    def _word(self, token: Token) -> Node:
        if token.text in CONSTANTS:
            return Literal(CONSTANTS[token.text], offset=token.offset)
        if token.text in RESERVED:
            self._back(token)
            raise self._unexpected("a value is missing")
        if self._is("("):
            return self._call(token)
        return Name(token.text, offset=token.offset)

    def _bracketed(self, token: Token) -> Node:
        match token.text:
            case "(":
                node = self.expression()
                self._expect(")", "after the brackets' content")
                return node
            case "[":
                return ListOf(tuple(self._list("]")), offset=token.offset)
            case "${":
                node = self.expression()
                self._expect("}", "at the end of `${`")
                return node
            case "{":
                return self._braced(token)
            case "#" | "." if self._in_predicate:
                if token.text == "#":
                    return Element(offset=token.offset)
                return Member(Element(offset=token.offset), self._key(), offset=token.offset)
            case "#" | ".":
                message = f"`{token.text}` stands for the element of a predicate, as in `all(items, {{ # > 3 }})`"
                raise ExpressionSyntaxError(UNEXPECTED, message, token.offset)
        self._back(token)
        raise self._unexpected("a value is missing")

    def _braced(self, token: Token) -> Node:
        if self._is("{") and self.ahead.offset == token.end:
            self._position += 1
            node = self.expression()
            self._expect("}", "at the end of `{{`")
            self._expect("}", "at the end of `{{`")
            return node
        entries: dict[str, Node] = {}
        while not self._is("}"):
            key = self._take()
            if key.kind not in ("word", "text", "raw"):
                self._back(key)
                raise self._unexpected("a key of a map is a word or a text")
            name = key.text if key.kind == "word" else self._literal_key(key)
            if name in entries:
                raise ExpressionSyntaxError(UNEXPECTED, f"the key `{name[:40]}` stands twice", key.offset)
            self._expect(":", "after a key of a map")
            entries[name] = self.expression()
            if not self._accept(","):
                break
        self._expect("}", "at the end of the map")
        return MapOf(tuple(entries.items()), offset=token.offset)

    def _literal_key(self, token: Token) -> str:
        node = Literal(str(token.value)) if token.kind == "raw" else self._text_value(token)
        if not isinstance(node, Literal) or not isinstance(node.value, str):
            raise ExpressionSyntaxError(UNEXPECTED, "a key of a map has no references", token.offset)
        return node.value

    def _list(self, closing: str) -> list[Node]:
        items: list[Node] = []
        while not self._is(closing):
            items.append(self.expression())
            if not self._accept(","):
                break
        self._expect(closing, "at the end of the list")
        return items

    def _accesses(self, node: Node) -> Node:
        while True:
            token = self.ahead
            if self._is(".", "?."):
                self._position += 1
                optional = token.text == "?."
                if optional and self._accept("["):
                    node = self._index(node, token.offset, optional=True)
                    continue
                node = Member(node, self._key(), optional, offset=token.offset)
            elif self._is("["):
                self._position += 1
                node = self._index(node, token.offset, optional=False)
            elif self._is("("):
                message = "only the functions of the language can be called, by their names"
                raise ExpressionSyntaxError(UNKNOWN_FUNCTION, message, token.offset)
            else:
                return node

    def _key(self) -> str:
        token = self._take()
        if token.kind != "word":
            self._back(token)
            raise self._unexpected('after the dot stands a key; others are written `[0]` or `["a-b"]`')
        return token.text

    def _index(self, base: Node, offset: int, *, optional: bool) -> Node:
        if not optional and self._accept(":"):
            return self._slice(base, None, offset)
        start = self.expression()
        if not optional and self._accept(":"):
            return self._slice(base, start, offset)
        self._expect("]", "after the index")
        return Index(base, start, optional, offset=offset)

    def _slice(self, base: Node, start: Node | None, offset: int) -> Node:
        stop = None if self._is("]") else self.expression()
        self._expect("]", "after the slice")
        return Slice(base, start, stop, offset=offset)

    def _call(self, token: Token, piped: Node | None = None) -> Node:
        name = spelled(token.text)
        bounds = signature(name)
        if name not in PREDICATES and bounds is None:
            known = sorted({*PREDICATES, *function_names()})
            message = f"there is no function `{token.text[:60]}`.{nearest(token.text, known)}"
            raise ExpressionSyntaxError(UNKNOWN_FUNCTION, message, token.offset)
        self._expect("(", "after the function's name")
        if name in PREDICATES:
            return self._predicate(name, token, piped)
        arguments = ([] if piped is None else [piped]) + self._list(")")
        assert bounds is not None
        self._check_count(token, len(arguments), *bounds)
        return Call(name, tuple(arguments), offset=token.offset)

    def _check_count(self, token: Token, count: int, least: int, most: int) -> None:
        if not least <= count <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            message = f"{token.text}() takes {wanted} argument{'s' * (wanted != '1')}, {count} given"
            raise ExpressionSyntaxError(WRONG_ARGUMENTS, message, token.offset)

    def _predicate(self, name: str, token: Token, piped: Node | None) -> Node:
        items = self.expression() if piped is None else piped
        if piped is None and not self._is(")"):
            self._expect(",", "after the list")
        body: Node | None = None
        rest: list[Node] = []
        if not self._is(")"):
            body, is_body = self._body()
            if name in ARGUMENT_OR_BODY and not is_body:
                rest, body = [body], None
            if self._accept(","):
                rest += self._list(")")
                return self._finished(name, token, items, body, rest)
        self._expect(")", "after the predicate")
        return self._finished(name, token, items, body, rest)

    def _body(self) -> tuple[Node, bool]:
        """A predicate in braces, or an expression that may look at the element; tells which."""
        offset = self.ahead.offset
        braced = self._accept("{")
        self._in_predicate += 1
        node = self.expression()
        self._in_predicate -= 1
        if braced:
            self._expect("}", "after the predicate")
        elif isinstance(node, Literal) and isinstance(node.value, str):
            return Member(Element(offset=offset), node.value, offset=offset), True
        looks = any(isinstance(part, Element) for part, _ in walk(node))
        return node, braced or looks

    def _finished(self, name: str, token: Token, items: Node, body: Node | None, rest: list[Node]) -> Node:
        if name in ARGUMENT_OR_BODY and body is None and rest:
            return Call(name, (items, *rest), offset=token.offset)
        if body is None and name not in BODY_OPTIONAL:
            message = f"{token.text}() needs a predicate, as in `{token.text}(items, {{ .price > 3 }})`"
            raise ExpressionSyntaxError(WRONG_ARGUMENTS, message, token.offset)
        self._check_count(token, 2 + len(rest), 2, 3 if name == "sort_by" else 2)
        return Predicate(name, items, body, rest[0] if rest else None, offset=token.offset)
