"""What a change touches: the flows that are to be run again, and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from testmesh_cli.watching.scene import Scene


@dataclass(slots=True)
class Due:
    """Flows to be run, each with the reason, and the files that changed, each with how."""

    why: dict[Path, str] = field(default_factory=dict)
    changed: dict[Path, str] = field(default_factory=dict)
    gone: list[Path] = field(default_factory=list)
    """Flows that are there no more."""

    def __bool__(self) -> bool:
        return bool(self.why or self.changed or self.gone)


def due_between(old: Scene, new: Scene, of_all: Collection[Path]) -> Due:
    """Return what must be run since the old scene became the new one."""
    changed = {path: how for path in old.contents.keys() | new.contents.keys() if (how := _change(path, old, new))}
    due = Due(gone=sorted(old.flows.keys() - new.flows.keys()))
    for path in new.flows:
        reason = _reason(path, old, new, changed, of_all)
        if reason is not None:
            due.why[path] = reason
    due.changed = {path: changed[path] for path in sorted(changed)}
    return due


def _change(path: Path, old: Scene, new: Scene) -> str | None:
    before, after = old.contents.get(path), new.contents.get(path)
    if before == after:
        return None
    if before is None:
        return "new" if path not in old.contents or path in new.flows else "there again"
    return "gone" if after is None else "changed"


def _reason(path: Path, old: Scene, new: Scene, changed: Mapping[Path, str], of_all: Collection[Path]) -> str | None:
    if path not in old.flows:
        return "new"
    if path in changed:
        return "it changed"
    # what it reached before counts too: a file that is called no more has been called until now
    for reached in (new.reach[path], old.reach[path]):
        for touched, one in reached.items():
            if touched in changed and touched != path:
                return f"{one.role}: {changed[touched]}"
    shared = next((touched for touched in changed if touched in of_all), None)
    return None if shared is None else f"{shared.name}: {changed[shared]}, which all flows read"
