"""The door of the language: a source in, a checked flow out, or every fault at once."""

from functools import cache
from typing import NamedTuple

from testmesh_engine.actions.registry import ActionRegistry
from testmesh_engine.language.diagnostics import Diagnostic, Faults, FlowInvalidError, in_order
from testmesh_engine.language.document import read_document, read_text
from testmesh_engine.language.flows import read_flow
from testmesh_engine.language.models import Flow
from testmesh_engine.language.references import Document


class Examined(NamedTuple):
    """A flow as far as it could be read, where all of it stands, and what is wrong with it."""

    flow: Flow
    document: Document
    faults: tuple[Diagnostic, ...]

    def is_sound(self, pointer: str) -> bool:
        """Say whether nothing is wrong with a value, nor with what is in it."""
        return not any(f"{fault.pointer}/".startswith(f"{pointer}/") for fault in self.faults)

    def declares(self, key: str) -> bool:
        """Say whether what stands behind a key of the flow is known, whatever is wrong with the rest of it."""
        if not self.faults:
            return True
        is_there = self.document.node.get(key) is not None
        # A fault without a pointer is one of the document: it may have cost any part of it.
        return is_there and self.is_sound(f"{self.document.pointer}/{key}") and all(f.pointer for f in self.faults)


def parse_flow(source: str | bytes, *, file: str = "flow.yaml", registry: ActionRegistry | None = None) -> Flow:
    """Read a flow, check it, compile its expressions.

    Args:
        source: YAML or JSON, bare or wrapped in `flow:`.
        file: The name that diagnostics and failed assertions show.
        registry: The actions that the flow may use; the built-in ones where it is absent.

    Raises:
        FlowInvalidError: with all that is wrong, each with line and column.
    """
    examined = examine_flow(source, file=file, registry=registry)
    if examined.faults:
        raise FlowInvalidError(examined.faults)
    return examined.flow


def examine_flow(
    source: str | bytes,
    *,
    file: str = "flow.yaml",
    registry: ActionRegistry | None = None,
    columns: frozenset[str] = frozenset(),
) -> Examined:
    """Read a flow as `parse_flow` does, and return also one with faults, for whoever looks at more than its text.

    `columns` are those of the file that `data` names, from a caller that has read it.

    Raises:
        FlowInvalidError: the source is no document of which any part could be read.
    """
    faults = Faults(file)
    text = read_text(source, faults)
    root = read_document(text, faults)
    data = source if isinstance(source, bytes) else source.encode()
    flow, document = read_flow(root, text, data, faults, registry or built_in_actions(), columns)
    return Examined(flow, document, in_order(faults.found))


@cache
def built_in_actions() -> ActionRegistry:
    """Return the registry of what comes with the engine."""
    from testmesh_engine.actions import BUILT_IN

    return ActionRegistry(BUILT_IN)
