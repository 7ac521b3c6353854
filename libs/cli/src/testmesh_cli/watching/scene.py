"""All that is watched, as it is at one moment: the flows, what each of them reaches, and what the files hold."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from testmesh_cli.errors import AllFilteredOutError, CliError
from testmesh_cli.named_flows import NamedFlows
from testmesh_cli.other_documents import is_another_document
from testmesh_cli.reach import Reached, folders_towards, reach_of
from testmesh_cli.sources import FlowFile, find_files, folders_of, read_flow, resolved, whereabouts
from testmesh_cli.watching.contents import Contents, Digest

Choose = Callable[[Sequence[FlowFile]], Sequence[FlowFile]]


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment. Flows are known by their whereabouts."""

    flows: Mapping[Path, FlowFile]
    """What is to be run, and what would be if it were valid."""
    named: NamedFlows
    """All valid flows of the folders: any of them can be called by its name."""
    reach: Mapping[Path, Mapping[Path, Reached]]
    """What each flow reaches, by paths as they are named: what a link leads to can be another file."""
    contents: Mapping[Path, Digest]
    folders: frozenset[Path] = field(default_factory=frozenset)
    """Where something can happen that matters."""
    nothing: CliError | None = None
    """Why no flow is chosen, where some are there."""

    @property
    def invalid(self) -> list[FlowFile]:
        return [file for file in self.flows.values() if file.flow is None]


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks at the paths of the command line, again and again."""

    paths: Sequence[Path]
    of_all: Sequence[Path]
    """Files that have a say in every flow, there or not."""
    choose: Choose
    contents: Contents = field(default_factory=Contents)
    known: dict[Path, tuple[Digest, FlowFile]] = field(default_factory=dict)

    def look(self) -> Scene:
        """Return what is there now.

        Raises:
            CliError: a file or a folder that was named cannot be read.
        """
        files = [file for path in find_files(self._there()) if (file := self._read(path)) is not None]
        valid, invalid = [file for file in files if file.flow is not None], [file for file in files if not file.flow]
        named, nothing = NamedFlows(valid), None
        try:
            chosen = [*self.choose(valid), *invalid] if files else []
        except AllFilteredOutError as error:
            # the flow that was chosen may be one that is not valid now
            chosen, nothing = invalid, None if invalid else error
        flows = {whereabouts(file.path): file for file in sorted(chosen, key=lambda file: file.shown)}
        reach = {path: reach_of(file, named, self._cached) for path, file in flows.items()}
        watched = {path for reached in reach.values() for path in reached} | set(self.of_all)
        places = (*watched, *(path for path in self.paths if path != Path()))
        folders = {_there_above(folder) for path in places for folder in folders_towards(path)}
        folders |= {_there_above(resolved(folder)) for named_path in self.paths for folder in folders_of(named_path)}
        return Scene(flows, named, reach, self._contents_of(reach), frozenset(folders), nothing)

    def _contents_of(self, reach: Mapping[Path, Mapping[Path, Reached]]) -> dict[Path, Digest]:
        """Return what the files hold; flows as they were read, which may be another text by now."""
        found = self.contents.of(self.of_all)
        for reached in reach.values():
            for path, one in reached.items():
                if path not in found:
                    known = None if one.file is None else self.known.get(one.file.path)
                    found[path] = self.contents.of([path])[path] if known is None else known[0]
        return found

    def _there(self) -> list[Path]:
        return [path for path in self.paths if os.path.lexists(path)]

    def _read(self, path: Path) -> FlowFile | None:
        """Return a flow, or what is to become one; None for another document that only lies in a folder."""
        try:
            file = self._cached(path)
        except CliError:
            if os.path.lexists(path):
                raise  # also a link that leads nowhere: a run would be refused
            return None
        named = {whereabouts(one) for one in self.paths}
        is_other = file.flow is None and whereabouts(path) not in named and is_another_document(file.source)
        return None if is_other else file

    def _cached(self, path: Path) -> FlowFile:
        """Return what a file holds, read again only where that changed."""
        digest = self.contents.of([path])[path]
        known = self.known.get(path)
        if known is None or digest is None or known[0] != digest:
            known = self.known[path] = (digest, read_flow(path))
        return known[1]


def _there_above(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there: what is missing can come into being."""
    return next((one for one in (folder, *folder.parents) if one.is_dir()), folder)
