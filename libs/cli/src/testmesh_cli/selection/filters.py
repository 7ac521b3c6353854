"""The filters: by tags, by words of names, by steps. Each returns the flows that it leaves."""

from collections.abc import Callable, Iterable, Sequence

from testmesh_cli.errors import UsageError
from testmesh_cli.selection.logic import Expression, holds, words_of
from testmesh_cli.selection.parts import Chain, chains, part_of, path_of
from testmesh_cli.sources import FlowFile
from testmesh_engine.language.diagnostics import did_you_mean
from testmesh_engine.language.models import Flow, with_inner


def by_tags(files: Sequence[FlowFile], tags: Expression, why: str, *, whole_flows: bool) -> list[FlowFile]:
    """Return the flows, or their parts, whose tags fit.

    A step has its own tags, those of the steps that it is inside of, and those of its flow.
    """
    if whole_flows:
        return [file for file in files if holds(tags, set(file.checked.tags).__contains__)]
    return _parts(files, lambda flow, chain: holds(tags, _tags(flow, chain).__contains__), why)


def by_words(files: Sequence[FlowFile], words: Expression, path_of_file: Callable[[FlowFile], str]) -> list[FlowFile]:
    """Return the flows in whose name, or path within the project, a word is, whatever its case."""

    def fits(file: FlowFile) -> bool:
        text = f"{file.checked.name}\n{path_of_file(file)}".lower()
        return holds(words, lambda word: word.lower() in text)

    return [file for file in files if fits(file)]


def by_steps(files: Sequence[FlowFile], steps: Sequence[str], why: str) -> list[FlowFile]:
    """Return the parts of flows that are these steps: by id, or by the path that reports show."""
    asked = set(steps)
    return _parts(files, lambda _, chain: any(names & asked for names in _names(chain)), why)


def _parts(files: Sequence[FlowFile], wants: Callable[[Flow, Chain], bool], why: str) -> list[FlowFile]:
    found: list[FlowFile] = []
    for file in files:
        flow, before = file.checked, file.part

        def fits(chain: Chain, flow: Flow = flow, left: frozenset[int] = before.out if before else frozenset()) -> bool:
            return id(chain[-1]) not in left and wants(flow, chain)

        part = part_of(flow, fits, why)
        if part is not None:
            found.append(file._replace(part=part if part.out else None))
    return found


def _tags(flow: Flow, chain: Chain) -> set[str]:
    return set(flow.tags).union(*(step.tags for step in chain))


def _names(chain: Chain) -> Iterable[set[str]]:
    """Yield how each step of a chain may be called; a branch is no step, its name is a part of a path alone."""
    for at, step in enumerate(chain, start=1):
        path = path_of(chain[:at])
        yield {path} if step.implied else {path, step.id}


def assert_known_steps(files: Sequence[FlowFile], steps: Sequence[str]) -> None:
    """Refuse a step that no flow has.

    Raises:
        UsageError: there is one; the message has the nearest name.
    """
    known = {name for file in files for chain in chains(file.checked) for names in _names(chain) for name in names}
    for step in steps:
        if step in known:
            continue
        for file in files:
            if (where := _elsewhere(file.checked, step)) is not None:
                raise UsageError(f"--step {step}: in {file.shown} this step is {where}; name a step of `steps`")
        where = files[0].shown if len(files) == 1 else f"any of the {len(files)} flows"
        hint = did_you_mean(step, known)
        raise UsageError(f"--step {step}: no such step is in {where}" + (f"; {hint}" if hint else ""))


def _elsewhere(flow: Flow, wanted: str) -> str | None:
    """Say why a step of a flow cannot be chosen."""
    for phase, steps in (("requires", flow.requires), ("setup", flow.setup), ("teardown", flow.teardown)):
        if any(step.id == wanted for step in with_inner(steps)):
            return f"in {phase}, which is always run"
    if any(step.id == wanted and not step.implied for step in with_inner(flow.steps)):
        return "in an on_error, and is run only where the step before it does not pass"
    return None


def unknown_tags(files: Sequence[FlowFile], tags: Expression) -> list[str]:
    """Return a note for each tag that nothing has: a mistyped `not` would leave out nothing, in silence."""
    known = {tag for file in files for tag in file.checked.tags}
    known |= {tag for file in files for step in with_inner(file.checked.steps) for tag in step.tags}
    notes = []
    for word in dict.fromkeys(words_of(tags)):
        if word not in known:
            hint = did_you_mean(word, known) if known else "nothing here has tags"
            notes.append(f"-t: no flow and no step has the tag {word}" + (f"; {hint}" if hint else ""))
    return notes
