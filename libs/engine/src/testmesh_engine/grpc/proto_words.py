"""Reading a proto file word by word."""

from testmesh_engine.grpc.proto_tokens import ProtoError, Token, tokens

MOST_TOKENS = 1_000_000


class Words:
    """The words of a source that are still to come."""

    def __init__(self, path: str, source: str) -> None:
        self.path = path
        self._tokens = tokens(path, source)
        self.ahead: Token = next(self._tokens)

    def wrong(self, wanted: str, token: Token | None = None) -> ProtoError:
        found = token or self.ahead
        return ProtoError(self.path, found.line, found.column, f"{wanted} belongs here, and not {found}")

    def take(self) -> Token:
        token = self.ahead
        if token.kind != "end":
            self.ahead = next(self._tokens)
        return token

    def word(self) -> str:
        if self.ahead.kind != "name":
            raise self.wrong("a name")
        return self.take().value

    def sign(self, sign: str) -> None:
        if not self.skip(sign):
            raise self.wrong(f'"{sign}"')

    def skip(self, sign: str) -> bool:
        """Pass over a sign, if it is the next word; tell whether it was."""
        if self.ahead.kind != "sign" or self.ahead.value != sign:
            return False
        self.take()
        return True

    def dotted(self) -> str:
        name = self.word()
        while self.skip("."):
            name = f"{name}.{self.word()}"
        return name

    def type_name(self) -> str:
        return f".{self.dotted()}" if self.skip(".") else self.dotted()

    def text(self) -> str:
        """Return a text; several in a row are one."""
        if self.ahead.kind != "text":
            raise self.wrong("a text in quotes")
        found = self.take().value
        while self.ahead.kind == "text":
            found += self.take().value
        return found

    def number(self) -> int:
        negative = self.skip("-")
        token = self.ahead
        if token.kind != "number":
            raise self.wrong("a number")
        self.take()
        text = token.value
        try:
            found = int(text, 8) if text.isdigit() and text.startswith("0") else int(text, 0)
        except ValueError:
            raise self.wrong("a whole number", token) from None
        return -found if negative else found
