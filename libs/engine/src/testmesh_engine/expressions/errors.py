"""What can be wrong with an expression, before it runs and while it runs.

ExpressionSyntaxError        TM1xx, found when the flow is read
ExpressionError              TM4xx, found when the expression is evaluated
├── UnknownNameError         TM401
├── MissingKeyError          TM402
├── TypeMismatchError        TM403
├── LimitExceededError       TM404
├── CalculationError         TM405
├── InvalidArgumentError     TM406
│   └── MistakenArgumentError
└── NothingFoundError        TM407
"""

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice
from typing import ClassVar

NAMES_SHOWN = 12
NAMES_SEARCHED = 200

UNREADABLE = "TM101"
UNEXPECTED = "TM102"
UNKNOWN_FUNCTION = "TM103"
WRONG_ARGUMENTS = "TM104"
TOO_LARGE = "TM105"
BAD_PATTERN = "TM106"
BAD_PATH = "TM107"


class ExpressionSyntaxError(Exception):
    """A text that is no expression: `offset` counts from 0 into the text, `pointer` names the text in a value."""

    def __init__(self, code: str, message: str, offset: int, pointer: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset
        self.pointer = pointer


class ExpressionError(Exception):
    """An expression that has no value here; it explains why, and is never taken for false."""

    code: ClassVar[str] = "TM400"
    unjudged: ClassVar[bool] = False
    """Whether it says nothing about the tested system: an assertion with it is an error, and no failure."""

    def __init__(self, message: str, offset: int = -1) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.pointer = ""

    def at(self, offset: int) -> "ExpressionError":
        """Return the same error, placed unless it has a place already."""
        if self.offset < 0:
            self.offset = offset
        return self


class UnknownNameError(ExpressionError):
    """A name that is not in scope."""

    code = "TM401"
    unjudged = True


class MissingKeyError(ExpressionError):
    """A key or an index that is not there."""

    code = "TM402"


class TypeMismatchError(ExpressionError):
    """An operation on values of a type that it does not know."""

    code = "TM403"


class LimitExceededError(ExpressionError):
    """More time or space than one expression may take."""

    code = "TM404"
    unjudged = True


class CalculationError(ExpressionError):
    """Arithmetic without a result: a division by zero, a number beyond all bounds."""

    code = "TM405"


class InvalidArgumentError(ExpressionError):
    """A value of the right type that a function cannot read."""

    code = "TM406"


class MistakenArgumentError(InvalidArgumentError):
    """An argument that no data makes right, such as a schema that is none: the mistake of who wrote it."""

    unjudged = True


class NothingFoundError(ExpressionError):
    """A selector that matched no node."""

    code = "TM407"


def cut(text: str, longest: int) -> str:
    """The beginning of a text, with an ellipsis that says so."""
    return text if len(text) <= longest else text[:longest] + "…"


def known_names(names: Iterable[object]) -> str:
    """List the first names for a message."""
    known = [str(name) for name in islice(names, NAMES_SHOWN + 1)]
    if not known:
        return "there are none"
    more = ", …" if len(known) > NAMES_SHOWN else ""
    return "there are: " + ", ".join(known[:NAMES_SHOWN]) + more


def nearest(name: str, names: Iterable[object]) -> str:
    """Say which known name the wrong one looks like, or nothing."""
    candidates = [str(known) for known in islice(names, NAMES_SEARCHED)]
    bare = _bare(name)
    close = [known for known in candidates if _bare(known) == bare] or get_close_matches(name, candidates, n=1)
    return f" Did you mean `{close[0]}`?" if close else ""


def _bare(name: str) -> str:
    """A name without what spellings differ in: `userId`, `user_id` and `USER-ID`."""
    return name.replace("_", "").replace("-", "").casefold()
