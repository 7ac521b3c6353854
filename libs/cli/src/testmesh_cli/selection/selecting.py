"""All of the selection: filters, shard, what failed last, order and repetitions; and what is to be said of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from shlex import quote

from testmesh_cli.errors import AllFilteredOutError
from testmesh_cli.selection.choice import Choice, Shard
from testmesh_cli.selection.filters import assert_known_steps, by_steps, by_tags, by_words, unknown_tags
from testmesh_cli.selection.logic import Expression, written
from testmesh_cli.selection.shards import costs, divided, fingerprint
from testmesh_cli.selection.turns import repeated, shuffled
from testmesh_cli.sources import FlowFile
from testmesh_cli.state.record import Record


@dataclass(slots=True)
class Selection:
    """The flows to run, in order, each as often as it is run; `notes` say how it came to them."""

    files: list[FlowFile]
    notes: list[str] = field(default_factory=list)


def select(files: Sequence[FlowFile], choice: Choice, record: Record) -> Selection:
    """Choose among checked flows.

    Raises:
        AllFilteredOutError: nothing is left; the message says which filter took what.
        UsageError: a step is named that no flow has, or a file of durations cannot be read.
    """
    selecting = _Selecting(files, choice, record)
    found = selecting.filtered()
    if choice.order == "random":
        found = shuffled(found, choice.seed, record.key)
        selecting.notes.append(f"in random order: --order random --seed {choice.seed} gives it again")
    return Selection(repeated(found, choice.repeat), [*record.notes, *selecting.notes])


class _Selecting:
    def __init__(self, files: Sequence[FlowFile], choice: Choice, record: Record) -> None:
        self._all = files
        self._choice = choice
        self._record = record
        self._passed: list[str] = []
        """What each filter left, in words."""
        self.notes: list[str] = []

    def filtered(self) -> list[FlowFile]:
        choice, files = self._choice, list(self._all)
        if choice.steps:
            assert_known_steps(files, choice.steps)
        if choice.tags is not None:
            files = self._left(f"-t {quote(written(choice.tags))}", self._tagged(files, choice.tags))
        if choice.words is not None:
            files = self._left(f"-k {quote(written(choice.words))}", by_words(files, choice.words, self._record.key))
        if choice.steps:
            named = " ".join(f"--step {step}" for step in choice.steps)
            files = self._left(named, by_steps(files, choice.steps, choice.step_options))
        if self._passed:
            parts = sum(file.part is not None for file in files)
            some = f"; some steps only{f' in {parts}' if len(files) > 1 else ''}" if parts else ""
            self.notes.insert(0, f"{len(files)} of {_flows(self._all)} selected: {', '.join(self._passed)}{some}")
        if choice.shard is not None:
            files = self._left(f"--shard {choice.shard}", self._shard(files, choice.shard))
        return self._last_failed(files) if choice.last_failed else files

    def _left(self, option: str, files: list[FlowFile]) -> list[FlowFile]:
        self._passed.append(f"{option} left {len(files) or 'none'}")
        if not files:
            raise AllFilteredOutError(
                f"nothing is selected, so nothing was run: of {_flows(self._all)} that "
                f"{'were' if len(self._all) != 1 else 'was'} found, {', '.join(self._passed)}"
                + "".join(f"\n  {note}" for note in self.notes)
            )
        return files

    def _tagged(self, files: list[FlowFile], tags: Expression) -> list[FlowFile]:
        self.notes += unknown_tags(files, tags)
        why, whole = f"-t {written(tags)}", self._choice.whole_flows
        found = by_tags(files, tags, why, whole_flows=whole)
        if whole and (others := _differ(by_tags(files, tags, why, whole_flows=False), found)):
            self.notes.append(
                f"a server runs whole flows, so {why} was asked of the flows' own tags alone; "
                f"{others} of {len(files)} flows have steps whose tags say otherwise"
            )
        return found

    def _shard(self, files: list[FlowFile], shard: Shard) -> list[FlowFile]:
        keys = {self._record.key(file): file for file in files}
        known = self._record.durations()
        cost = costs(list(keys), known)
        mine = set(divided(cost, shard.count)[shard.number - 1])
        recorded = sum(key in known for key in keys)
        by = f"balanced by {recorded} recorded duration{'s' * (recorded != 1)}"
        if not known:
            by = "counted off evenly (`--durations FILE` balances by time)"
        self.notes.append(
            f"shard {shard}: {len(mine)} of {_flows(files)}, {by}; "
            f"every shard must print {fingerprint(cost, shard.count)} here, or flows are lost"
        )
        if not mine:
            self.notes.append(f"for {len(files)} flows use {len(files)} shards at most")
        return [file for key, file in keys.items() if key in mine]

    def _last_failed(self, files: list[FlowFile]) -> list[FlowFile]:
        known = self._record.not_passed()
        if known is None:
            self.notes.append(f"--last-failed: no run is recorded here, so {_all_of(files)} run")
            return files
        found = [file for file in files if self._record.key(file) in known]
        elsewhere = len(known) - len(found)
        if not found:
            more = f" ({elsewhere} that did not pass {'is' if elsewhere == 1 else 'are'} not among them)"
            why = "each of these flows passed when it was last run, or was never run"
            self.notes.append(f"--last-failed: {why}{more if elsewhere else ''}, so {_all_of(files)} run")
            return files
        self.notes.append(f"--last-failed: {len(found)} of {len(files)} flows did not pass when they were last run")
        return found


def _differ(in_part: Sequence[FlowFile], whole: Sequence[FlowFile]) -> int:
    """Count the flows of which a choice among steps would run another part than all, or nothing."""
    complete = {file.path for file in in_part if file.part is None}
    return len({file.path for file in (*in_part, *whole)} - complete)


def _flows(files: Sequence[FlowFile]) -> str:
    return f"{len(files)} flow{'s' * (len(files) != 1)}"


def _all_of(files: Sequence[FlowFile]) -> str:
    return "the one flow is" if len(files) == 1 else f"all {len(files)} are"
