"""Which flows did not pass when they were last run: what `--last-failed` runs again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from testmesh_cli.state.kept import KeptError, is_there, read_kept, write_kept

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


def change_not_passed(path: Path, root: Path, change: Callable[[dict[str, str]], None]) -> KeptError | None:
    """Change what is known; of flows whose files are gone nothing stays.

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
    known = {key: status for key, status in before.items() if is_there(root / key)}
    change(known)
    write_kept(path, {"not_passed": known})
    return lost


def begin(known: dict[str, str], keys: Iterable[str]) -> set[str]:
    """Have flows that are about to run stand as not run; return those of which nothing bad was known."""
    begun = set(keys) - known.keys()
    known |= dict.fromkeys(begun, "not_run")
    return begun


def end(known: dict[str, str], outcomes: Mapping[str, Sequence[str]], partial: frozenset[str], begun: set[str]) -> None:
    """Record how flows ended.

    Args:
        known: What is known, changed in place.
        outcomes: The status of every time that a flow ran, by key.
        partial: Keys of flows of which some steps were left out: their passing does not undo a failure.
        begun: Keys that stand as not run because this run began, and for no other reason.
    """
    for key, statuses in outcomes.items():
        bad = next((status for status in statuses if status != "passed"), None)
        if bad is not None:
            known[key] = bad
        elif key not in partial or (key in begun and known.get(key) == "not_run"):
            known.pop(key, None)
