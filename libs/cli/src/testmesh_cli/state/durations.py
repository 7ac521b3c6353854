"""How long flows took when they last passed as a whole: what shards are balanced by."""

from collections.abc import Mapping
from pathlib import Path

from testmesh_cli.state.kept import KeptError, is_there, read_kept, write_kept

NAME = "durations.json"


def read_durations(path: Path) -> dict[str, int] | None:
    """Return milliseconds by key; none where there is no such file.

    Raises:
        KeptError: the file cannot be read.
    """
    found = read_kept(path)
    if found is None:
        return None
    flows = found.get("milliseconds")
    if not isinstance(flows, dict) or not all(type(took) is int and took >= 0 for took in flows.values()):
        raise KeptError(f'{path} has no map "milliseconds" of flows')
    return flows


def write_durations(path: Path, root: Path, took: Mapping[str, int], *, is_ours: bool) -> KeptError | None:
    """Record how long flows took; what is known of others stays, as long as their files are there.

    Args:
        path: The record.
        root: What the keys are relative to.
        took: Milliseconds by key.
        is_ours: Whether nobody else has a file of this name, so that what cannot be read is a broken record.

    Returns:
        Why the record before could not be read, where it is lost: what is there now can be read again.

    Raises:
        KeptError: it cannot be written, or another's file is in its place.
    """
    lost: KeptError | None = None
    try:
        before = read_durations(path) or {}
    except KeptError as error:
        if not is_ours:
            raise
        before, lost = {}, error
    kept = {key: known for key, known in before.items() if is_there(root / key)}
    if took:
        write_kept(path, {"milliseconds": {**kept, **took}})
    return lost
