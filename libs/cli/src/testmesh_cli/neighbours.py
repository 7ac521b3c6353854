"""Flow files and those that they call, by name or by path: each is read once, and calls are followed from one on."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from testmesh_cli.errors import CliError
from testmesh_cli.named_flows import NamedFlows
from testmesh_cli.sources import FlowFile, read_flow, whereabouts
from testmesh_engine.language.controls import RunFlow
from testmesh_engine.language.limits import MAX_CALLED, MAX_NESTING
from testmesh_engine.language.mentions import is_path
from testmesh_engine.language.models import Step
from testmesh_engine.language.parse import Examined

Chain = tuple[FlowFile, ...]
"""Flows of which each calls the next."""


class Neighbours:
    """Finds what flows call, among the files that were given and beside them.

    One place is one file here, always with the same path: so files are told apart by their paths as they are.
    """

    def __init__(self, files: Sequence[FlowFile]) -> None:
        self._named = NamedFlows(files)
        self._read = {whereabouts(file.path): file for file in files}
        self._calls: dict[Path, dict[str, FlowFile]] = {}
        """The calls of each flow, as far as what is called is here."""
        self._ending: dict[Path, Chain] = {}
        """The longest chain from each flow of which all calls are known to end."""

    def called(self, reference: str, caller: FlowFile) -> FlowFile | None:
        """Return what a flow calls; none for a name that no file here has: a server may know it.

        Raises:
            CliError: there is no such file, it cannot be read, or several flows have the name.
        """
        if not is_path(reference):
            return self._named.get(reference)
        path = caller.path.parent / reference
        place = whereabouts(path)
        found = self._read.get(place)
        if found is None:
            found = self._read[place] = read_flow(path)
        return found

    def why_refused(self, caller: FlowFile, called: FlowFile) -> str:
        """Say why no run begins in which a flow calls another, for the calls that follow; nothing where they end."""
        chain = self._followed((caller, called))
        names = " → ".join(_name(file) for file in chain)
        if _comes_back(chain):
            return f"flows that call one another never end: {names}"
        return f"flows that call one another deeper than {MAX_NESTING}: {names}" if len(chain) > MAX_NESTING else ""

    def is_too_much(self, caller: FlowFile) -> bool:
        """Say whether a run of a flow would call more often than one may."""
        calls, waiting, seen = 0, [caller], {caller.path}
        while waiting and calls <= MAX_CALLED:
            found = self._calls_of(waiting.pop())
            calls += len(found)
            new = {called.path: called for called in found.values() if called.path not in seen}
            seen.update(new)
            waiting.extend(new.values())
        return calls > MAX_CALLED

    def _followed(self, chain: Chain) -> Chain:
        """Return the longest chain that begins so, or the first that is refused."""
        if _is_refused(chain):
            return chain
        *above, last = chain
        if last.path not in self._ending:
            longest: Chain = (last,)
            for called in self._calls_of(last).values():
                found = self._followed((*chain, called))
                if _is_refused(found):
                    return found
                longest = max(longest, found[len(above) :], key=len)
            self._ending[last.path] = longest
        return (*above, *self._ending[last.path])

    def _calls_of(self, file: FlowFile) -> dict[str, FlowFile]:
        if file.path not in self._calls:
            self._calls[file.path] = dict(self._found(file))
        return self._calls[file.path]

    def _found(self, file: FlowFile) -> Iterator[tuple[str, FlowFile]]:
        for _, reference in [] if file.examined is None else sound_calls(file.examined):
            try:
                called = self.called(reference, file)
            except CliError:  # it is told where the call stands
                continue
            if called is not None:
                yield reference, called


def sound_calls(examined: Examined) -> Iterator[tuple[Step, str]]:
    """Yield the steps that call a flow, and what they name; where that is wrong in itself, nothing follows from it."""
    for step in examined.flow.calls:
        if isinstance(step.control, RunFlow) and step.control.flow and examined.is_sound(f"{step.pointer}/config/flow"):
            yield step, step.control.flow


def _is_refused(chain: Chain) -> bool:
    return _comes_back(chain) or len(chain) > MAX_NESTING


def _comes_back(chain: Chain) -> bool:
    *above, last = chain
    return any(last.path == file.path for file in above)


def _name(file: FlowFile) -> str:
    return file.shown if file.examined is None else file.examined.flow.name or file.shown
