"""YAML and JSON that lies beside flows and is none: rows, schemas, saved reports.

Only what cannot be meant as a flow counts: a flow that is passed over is never run, and nobody would miss it.
"""

from collections.abc import Iterable, Iterator, Sequence

import yaml

from testmesh_engine.language.limits import MAX_BYTES, MAX_YAML_DEPTH

_OWN = (frozenset(("exit_code", "counts", "flows")), frozenset(("version", "milliseconds")))
"""Keys of the JSON report, and of a file of durations."""


def is_another_document(source: bytes) -> bool:
    """Say whether a file that is no valid flow is something else; one that is empty or cannot be read is a fault."""
    if len(source) > MAX_BYTES:
        return False
    try:
        documents = list(_documents(yaml.parse(source.decode("utf-8-sig"), Loader=yaml.CSafeLoader)))
    except (yaml.YAMLError, UnicodeError):
        return False
    return bool(documents) and all(map(_is_another, documents))


def is_own_document(source: bytes) -> bool:
    """Say whether another document than a flow is one that this command wrote itself: a report, or durations."""
    outer = next(_documents(yaml.parse(source.decode("utf-8-sig"), Loader=yaml.CSafeLoader)), [])
    keys = {key.value for key in outer[1::2] if isinstance(key, yaml.ScalarEvent)}
    return any(own <= keys for own in _OWN)


def _documents(events: Iterable[yaml.Event]) -> Iterator[list[yaml.Event]]:
    """Yield the outermost nodes of each document, by events: a tree of hostile depth would end the process."""
    depth, outer = 0, list[yaml.Event]()
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.NodeEvent):
            # The root, and below it the keys and values of a map in turn.
            if depth <= 1:
                outer.append(event)
            depth += isinstance(event, yaml.CollectionStartEvent)
            if depth > MAX_YAML_DEPTH:
                raise yaml.YAMLError(f"deeper than {MAX_YAML_DEPTH}")
        elif isinstance(event, yaml.DocumentEndEvent):
            yield outer
            outer = []


def _is_another(outer: Sequence[yaml.Event]) -> bool:
    root = outer[0]
    if not isinstance(root, yaml.MappingStartEvent):
        # A document without a word may be a flow whose text was lost.
        return not (isinstance(root, yaml.ScalarEvent) and not root.value)
    keys = {key.value for key in outer[1::2] if isinstance(key, yaml.ScalarEvent)}
    return not keys & {"steps", "flow"} and ("name" not in keys or "$schema" in keys)
