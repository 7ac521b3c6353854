"""A flow that is edited while its run is held: the steps that are still to come are taken from the new text."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from testmesh_cli.errors import CliError
from testmesh_cli.sources import FlowFile
from testmesh_engine.executor import Standpoint
from testmesh_engine.executor.place import Place
from testmesh_engine.language.controls import Steps
from testmesh_engine.language.mentions import mentioned_flows
from testmesh_engine.language.models import Flow, Step, with_inner

_PHASES = ("requires", "setup", "steps", "teardown")
_WRAPPER = "/flow"


class NotReloadedError(CliError):
    """The new text cannot take the place of the one that is being run."""

    code = "not_reloaded"

    def __init__(self, reason: str) -> None:
        super().__init__(f"not reloaded: {reason}. `restart` runs the flow as it is now, from its start")


class NowSteps:
    """The steps of a flow by their places in its text, as it was read last."""

    def __init__(self, flow: Flow) -> None:
        self._begun_as = flow
        self._now = flow
        self._lists: dict[str, Steps] = {}
        self._by_place: dict[str, Step] = {}

    def steps(self, steps: Steps, place: Place) -> Steps:
        if not self._lists or not steps or not self._is_ours(place):
            return steps
        return self._lists.get(_list_of(steps[0]), ())

    def step(self, step: Step, place: Place) -> Step:
        if not self._is_ours(place):
            return step
        return self._by_place.get(_place_of(step), step)

    def reload(self, file: FlowFile, here: Standpoint) -> bool:
        """Take the steps to come from a file; return whether the step that the run is held at has changed.

        Raises:
            NotReloadedError: something else changed than what is still to come.
        """
        new = file.checked
        if not self._is_ours(here.place):
            name = Path(here.place.flow.file).name
            raise NotReloadedError(f"the run is held in {name}, a flow that this one runs, and it is already loaded")
        where = _place_of(here.step).split("/")[1:]
        _compare(self._now, new, where)
        changed: bool = _written(self._now, where) != _written(new, where)
        if new.definition != self._now.definition:
            here.reloaded()
        self._now = new
        every = [step for step in with_inner(new.phases()) if step.pointer]
        self._by_place = {_place_of(step): step for step in every}
        self._lists = _in_lists(every)
        return changed

    def _is_ours(self, place: Place) -> bool:
        """Say whether a place is in the flow itself: the engine may have given it another time, and so copied it."""
        return place.flow.definition is self._begun_as.definition


def _written(flow: Flow, where: Sequence[str]) -> Any:
    found: Any = flow.definition
    for part in where:
        found = found[int(part)] if isinstance(found, list) else found[part]
    return found


def _compare(old: Flow, new: Flow, where: Sequence[str]) -> None:
    later = _PHASES[_PHASES.index(where[0]) + 1 :]
    for key in sorted(old.definition.keys() | new.definition.keys()):
        was, is_ = old.definition.get(key), new.definition.get(key)
        if key in later and not was and is_:
            raise NotReloadedError(f'"{key}" is new')
        if key not in (*later, where[0]) and was != is_:
            raise NotReloadedError(f'"{key}" has changed, which the run has used already')
    calls = {mention.text for mention in mentioned_flows(old)}
    for mention in mentioned_flows(new):
        if mention.text not in calls:
            raise NotReloadedError(f'the flow "{mention.text}" was not called when the run began')
    for reason in _differences(old.definition[where[0]], new.definition.get(where[0]), where[1:], where[0]):
        raise NotReloadedError(reason)


def _differences(old: Any, new: Any, where: Sequence[str], key: str) -> Iterator[str]:
    """Yield why a list, in which the run is at one of the steps, does not go on where the old one stood."""
    place = int(where[0])
    if not isinstance(new, list) or len(new) <= place:
        yield "the step at which the run is held is gone"
        return
    for was, is_ in zip(old[:place], new[:place], strict=True):
        if was != is_:
            yield f"{_called(was)}, which was carried out, has changed"
            return
    if key == "branches" and old[place + 1 :] != new[place + 1 :]:
        yield "a branch beside the one that is held has changed"
        return
    rest = where[1:]
    if rest:
        yield from _inside(old[place], new[place], rest)


def _inside(old: Any, new: Any, where: Sequence[str]) -> Iterator[str]:
    """Compare a step, or a part of one, that the run is inside of: all but the list on the way."""
    key, *rest = where
    if not isinstance(new, dict) or any(
        old.get(name) != new.get(name) for name in old.keys() | new.keys() if name != key
    ):
        yield f"{_called(old)}, which the run is inside of, has changed"
    elif isinstance(old[key], list):
        yield from _differences(old[key], new.get(key), rest, key)
    else:
        yield from _inside(old[key], new.get(key), rest)


def _called(step: Any) -> str:
    name = step.get("id") or step.get("name") if isinstance(step, dict) else None
    return f"the step {name}" if name else "a step"


def _in_lists(steps: Sequence[Step]) -> dict[str, Steps]:
    found: dict[str, list[Step]] = {}
    for step in steps:
        found.setdefault(_list_of(step), []).append(step)
    return {place: tuple(members) for place, members in found.items()}


def _list_of(step: Step) -> str:
    return _place_of(step).rpartition("/")[0]


def _place_of(step: Step) -> str:
    """Return a step's pointer into the flow, wherever in its document the flow is."""
    return step.pointer.removeprefix(_WRAPPER) if step.pointer.startswith(f"{_WRAPPER}/") else step.pointer
