"""Which flows did not pass when they were last run: what `--last-failed` runs again."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from testmesh_cli.state.kept import KeptError, read_kept, write_kept

NAME = "last-run.json"


def read_not_passed(path: Path) -> dict[str, str] | None:
    """Return the status of each flow that did not pass, by key; none where no run was recorded.

    Raises:
        KeptError: the record cannot be read.
    """
    found = read_kept(path)
    if found is None:
        return None
    flows = found.get("not_passed")
    if not isinstance(flows, dict) or not all(isinstance(status, str) for status in flows.values()):
        raise KeptError(f'{path} has no map "not_passed" of flows')
    return flows


def write_outcomes(
    path: Path, root: Path, outcomes: Mapping[str, Sequence[str]], partial: frozenset[str]
) -> KeptError | None:
    """Record how flows ended; what is known of others stays, as long as their files are there.

    Args:
        path: The record.
        root: What the keys are relative to.
        outcomes: The status of every time that a flow ran, by key.
        partial: Keys of flows of which some steps were left out: their passing does not undo a failure.

    Returns:
        Why the record before could not be read, where it is lost: what is there now can be read again.

    Raises:
        KeptError: it cannot be written.
    """
    lost: KeptError | None = None
    try:
        before = read_not_passed(path) or {}
    except KeptError as error:
        before, lost = {}, error
    kept = {key: status for key, status in before.items() if (root / key).exists()}
    for key, statuses in outcomes.items():
        bad = next((status for status in statuses if status != "passed"), None)
        if bad is not None:
            kept[key] = bad
        elif key not in partial:
            kept.pop(key, None)
    write_kept(path, {"not_passed": kept})
    return lost
