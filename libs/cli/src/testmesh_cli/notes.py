"""What `testmesh run` says of the notes on its flows: how many there are, and what shows them."""

import re
from collections.abc import Callable, Collection, Sequence

from testmesh_cli.sources import FlowFile
from testmesh_engine.language import Diagnostic

_NOT_DEFINED = "TM306"
_NAME = re.compile(r'"([^"]+)"')

Given = Callable[[FlowFile], Collection[str]]


def notes_remark(files: Sequence[FlowFile], given: Given | None) -> str | None:
    """Count the notes in one line; None where there are none.

    That nothing in a flow defines a variable is worth a word only where the run does not give it: `given` returns
    the names that it gives, and is None where only a server knows them.
    """
    by_path = {file.path: file for file in files}
    counts = {path: sum(_is_told(note, file, given) for note in file.checked.notes) for path, file in by_path.items()}
    noted = [path for path, count in counts.items() if count]
    if not noted:
        return None
    total = sum(counts.values())
    where = noted[0] if len(noted) == 1 else f"{len(noted)} flows"
    return f"{total} note{'s' * (total != 1)} on {where}: `testmesh validate` shows {'them' if total > 1 else 'it'}"


def _is_told(note: Diagnostic, file: FlowFile, given: Given | None) -> bool:
    if note.code != _NOT_DEFINED:
        return True
    name = _NAME.search(note.message)
    return given is not None and name is not None and name[1] not in given(file)
