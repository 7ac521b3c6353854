"""The door of the language: a source in, a checked flow out, or every fault at once."""

from functools import cache

from testmesh_engine.actions.registry import ActionRegistry
from testmesh_engine.language.diagnostics import Faults
from testmesh_engine.language.document import read_document, read_text
from testmesh_engine.language.flows import read_flow
from testmesh_engine.language.models import Flow


def parse_flow(source: str | bytes, *, file: str = "flow.yaml", registry: ActionRegistry | None = None) -> Flow:
    """Read a flow, check it, compile its expressions.

    Args:
        source: YAML or JSON, bare or wrapped in `flow:`.
        file: The name that diagnostics and failed assertions show.
        registry: The actions that the flow may use; the built-in ones where it is absent.

    Raises:
        FlowInvalidError: with all that is wrong, each with line and column.
    """
    faults = Faults(file)
    text = read_text(source, faults)
    root = read_document(text, faults)
    data = source if isinstance(source, bytes) else source.encode()
    flow = read_flow(root, text, data, faults, registry or built_in_actions())
    faults.stop_if_any()
    return flow


@cache
def built_in_actions() -> ActionRegistry:
    """Return the registry of what comes with the engine."""
    from testmesh_engine.actions import BUILT_IN

    return ActionRegistry(BUILT_IN)
