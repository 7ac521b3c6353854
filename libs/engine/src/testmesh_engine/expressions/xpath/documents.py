"""XML texts as trees: no document type, so no entity and nothing to fetch; bounded in size and depth."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from testmesh_engine.expressions.errors import InvalidArgumentError, LimitExceededError, known_names
from testmesh_engine.expressions.frames import Frame

MAX_DEPTH = 200


@dataclass(eq=False, slots=True)
class XmlNode:
    """A node; `kind` is root, element, attribute, text, comment or instruction."""

    kind: str
    order: int
    parent: "XmlNode | None" = None
    name: str = ""
    prefix: str = ""
    uri: str = ""
    value: str = ""
    children: list["XmlNode"] = field(default_factory=list)
    attributes: list["XmlNode"] = field(default_factory=list)

    @property
    def qualified(self) -> str:
        return f"{self.prefix}:{self.name}" if self.prefix else self.name

    def descendants(self, frame: Frame) -> Iterator["XmlNode"]:
        """Yield all below in the document's order; each costs a step."""
        pending = self.children[::-1]
        while pending:
            node = pending.pop()
            frame.spend(1)
            yield node
            pending.extend(reversed(node.children))

    def text(self, frame: Frame) -> str:
        """The string value, as XPath defines it."""
        if self.kind not in ("root", "element"):
            found = self.value
        else:
            found = "".join(node.value for node in self.descendants(frame) if node.kind == "text")
        frame.admit_text(len(found))
        return found


class Document:
    """The tree of a text, with the namespaces that it declares."""

    def __init__(self) -> None:
        self.root = XmlNode("root", 0)
        self.namespaces: dict[str, set[str]] = {"xml": {"http://www.w3.org/XML/1998/namespace"}}

    @property
    def default_namespace(self) -> str:
        """The namespace of unprefixed elements: that of the outermost one, if it has no prefix."""
        outermost = next((node for node in self.root.children if node.kind == "element"), None)
        return outermost.uri if outermost is not None and not outermost.prefix else ""

    def told(self) -> str:
        """What the document looks like, for a message."""
        outermost = next(node for node in self.root.children if node.kind == "element")
        inside = dict.fromkeys(node.qualified for node in outermost.children if node.kind == "element")
        within = known_names(inside) if inside else "there is no element"
        return f"its outermost element is `{outermost.qualified}`, and in it {within}"


class _Builder:
    """Hears the parser and makes the tree."""

    def __init__(self, frame: Frame) -> None:
        self.document = Document()
        self._frame = frame
        self._open = [self.document.root]
        self._order = 0

    def attached(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.namespace_prefixes = True
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartNamespaceDeclHandler = self._declare
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = lambda _: self._open.pop()
        parser.CharacterDataHandler = lambda data: self._add("text", data)
        parser.CommentHandler = lambda data: self._add("comment", data)
        parser.ProcessingInstructionHandler = lambda target, data: self._add("instruction", data, target)
        return parser

    def _refuse(self, *_: object) -> None:
        raise InvalidArgumentError("xpath() reads no document with a DOCTYPE: it could define entities without end")

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        self.document.namespaces.setdefault(prefix or "", set()).add(uri or "")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > MAX_DEPTH:
            raise LimitExceededError(f"the XML is nested more than {MAX_DEPTH} deep")
        element = self._add("element", "", name)
        for key, value in attributes.items():
            element.attributes.append(self._made("attribute", value, key, element))
        self._open.append(element)

    def _add(self, kind: str, value: str, name: str = "") -> XmlNode:
        parent = self._open[-1]
        if kind == "text" and parent.children and parent.children[-1].kind == "text":
            parent.children[-1].value += value
            return parent.children[-1]
        node = self._made(kind, value, name, parent)
        parent.children.append(node)
        return node

    def _made(self, kind: str, value: str, name: str, parent: XmlNode) -> XmlNode:
        self._frame.spend(1)
        self._order += 1
        parts = name.split(" ")
        uri, local, prefix = (*parts, "")[:3] if len(parts) > 1 else ("", name, "")
        return XmlNode(kind, self._order, parent, local, prefix, uri, value)


def read_document(text: str, frame: Frame) -> Document:
    """Return the tree of a text.

    Raises:
        InvalidArgumentError: it is no well-formed XML, or it declares a document type.
        LimitExceededError: it is too large or too deep.
    """
    frame.admit_text(len(text))
    builder = _Builder(frame)
    try:
        builder.attached().Parse(text.strip(), True)
    except expat.ExpatError as error:
        message = f"xpath() cannot read the text as XML: {expat.ErrorString(error.code)}"
        raise InvalidArgumentError(f"{message} (line {error.lineno}, column {error.offset + 1})") from None
    except UnicodeEncodeError:
        raise InvalidArgumentError("xpath() cannot read the text as XML: it holds half of a surrogate pair") from None
    return builder.document
