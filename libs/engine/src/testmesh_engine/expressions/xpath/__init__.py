"""XPath 1.0 over XML texts, in Python, so that every node visited is paid for.

The usual library evaluates in C without a bound that could be set: one short path over one large page
would hold a runner for hours. Here the steps of an evaluation are the bound, as for everything else.
Its modules load when a flow uses it: they take 7 ms.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from testmesh_engine.expressions.arguments import text
from testmesh_engine.expressions.errors import MistakenArgumentError, NothingFoundError, cut
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.limits import MAX_ITEMS, MAX_PATTERN

if TYPE_CHECKING:
    from testmesh_engine.expressions.xpath.syntax import Part


@lru_cache(maxsize=256)
def compile_xpath(path: str) -> "Part":
    """Return the parsed path; ValueError where it is none."""
    from testmesh_engine.expressions.xpath.parser import parse

    if len(path) > MAX_PATTERN:
        raise ValueError(f"an XPath is at most {MAX_PATTERN} characters")
    try:
        return parse(path)
    except ValueError as error:
        raise ValueError(f"`{cut(path, 80)}` is no XPath 1.0: {error}") from None


def xpath(frame: Frame, value: object, path: object) -> object:
    """One node's text, the list of several ones', or the text, number or truth that the path computes."""
    from testmesh_engine.expressions.xpath.documents import read_document
    from testmesh_engine.expressions.xpath.evaluation import Evaluation

    written = text(path, "xpath")
    try:
        compiled = compile_xpath(written)
    except ValueError as error:
        raise MistakenArgumentError(str(error)) from None
    document = read_document(text(value, "xpath"), frame)
    found = Evaluation(document, frame).value(compiled)
    if not isinstance(found, list):
        return found
    if not found:
        raise NothingFoundError(f"`{cut(written, 80)}` finds nothing in the document; {document.told()}")
    frame.admit_items(min(len(found), MAX_ITEMS + 1))
    texts = [node.text(frame) for node in found]
    return texts[0] if len(texts) == 1 else texts
