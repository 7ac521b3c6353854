"""A flow's text as it may be shown: in places of a failure, on a terminal and in reports."""

from testmesh_cli.sources import FlowFile
from testmesh_engine.executor.masking import Mask


def shown_source(file: FlowFile) -> str:
    """Return a flow's text without the defaults of the inputs that it declares to be secret."""
    text = file.source.decode("utf-8", "replace")
    mask = Mask()
    for declared in file.flow.inputs if file.flow is not None else ():
        if declared.secret and declared.has_default:
            mask.add(declared.default)
    return mask.text(text)
