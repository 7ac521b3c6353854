"""What `testmesh init` says of its work: a tree of the files, and the commands that come next."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from testmesh_cli.projects.files import Wish, entering
from testmesh_cli.projects.writing import Written
from testmesh_cli.reporting.paper import Line, Span, visible

Node = dict[str, "Node | Written"]


def tree_lines(folder: Path, here: Path, files: Sequence[Written]) -> Iterator[Line]:
    """Yield the project's files as a tree, then those that had to be elsewhere."""
    inside: Node = {}
    outside = [file for file in files if not file.path.is_relative_to(folder)]
    for file in files:
        if file not in outside:
            *places, name = file.path.relative_to(folder).parts
            node = inside
            for place in places:
                node = _below(node, place)
            node[name] = file
    shown = folder.name if folder == here else os.path.relpath(folder, here)
    yield [Span(f"{visible(shown)}/", "bold")]
    yield from _branches(inside, "")
    for file in outside:
        shown = visible(os.path.relpath(file.path, here))
        yield [Span(shown), Span("  (at the root of the repository)", "dim"), *_remark(file)]


def _below(node: Node, name: str) -> Node:
    found = node.setdefault(name, {})
    assert isinstance(found, dict)
    return found


def _branches(node: Node, before: str) -> Iterator[Line]:
    for place, (name, found) in enumerate(node.items(), start=1):
        last = place == len(node)
        lead = f"{before}{'└── ' if last else '├── '}"
        if isinstance(found, Written):
            yield [Span(f"{lead}{visible(name)}"), *_remark(found)]
        else:
            yield [Span(f"{lead}{visible(name)}/")]
            yield from _branches(found, f"{before}{'    ' if last else '│   '}")


def _remark(file: Written) -> Line:
    words = {
        "new": "",
        "same": "was there, the same",
        "kept": "was there, kept as it is",
        "replaced": "was there, replaced",
        "extended": f"was there, {file.added} line{'s' * (file.added != 1)} added",
    }[file.outcome]
    return [Span(f"  ({words})", "yellow" if file.outcome in ("kept", "replaced") else "dim")] if words else []


def summary(files: Sequence[Written]) -> str:
    """Say in a sentence what was done."""
    kept = [file for file in files if file.outcome == "kept"]
    wrote = sum(file.outcome in ("new", "replaced", "extended") for file in files)
    words = f"{wrote} file{'s' * (wrote != 1)} written" if wrote else "Nothing was written"
    if not kept:
        return f"{words}." if wrote else f"{words}: all of it was there."
    return f"{words}; {len(kept)} that {'were' if len(kept) > 1 else 'was'} there kept (--force replaces them)."


def next_commands(wish: Wish, here: Path) -> list[tuple[str, str]]:
    """Return the three commands that come next, each with what it is for."""
    starts = [(part.start, "what the flows test; leave it running") for part in wish.parts if part.start]
    runs = [("testmesh run", "in a second terminal" if starts else "all flows")]
    entered = [] if wish.folder == here else [(entering(os.path.relpath(wish.folder, here)), "")]
    more = [("testmesh validate", "look for mistakes, run nothing"), ("testmesh --help", "what else there is")]
    return [*entered, *starts, *runs, *more][: max(3, len(entered) + len(starts) + len(runs))]
