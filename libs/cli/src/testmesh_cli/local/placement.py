"""Where the databases' files live: in the data folder, or, where their user cannot enter it, beside it."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from testmesh_cli.local.accounts import Account
from testmesh_cli.local.errors import DataFolderError
from testmesh_cli.local.records import read_record, write_record

PLACE_FILE = "place.json"


def make_data_folder(data: Path) -> None:
    """A folder of one's own, through which the databases' user can pass; one that exists stays as it is."""
    try:
        data.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderError(data, str(error), "Choose another folder with --data.") from error


def recorded_place(data: Path) -> Path:
    """The folder that holds the databases of this data folder, as far as one was chosen before."""
    elsewhere = read_record(data / PLACE_FILE).get("place")
    return Path(elsewhere) if elsewhere else data


def choose_place(data: Path, account: Account) -> Path:
    """The same folder each time; where it is not the data folder itself, that is recorded there."""
    place = recorded_place(data)
    if place != data or account.can_enter(data):
        _assert_there(data, place, account)
        return place
    place = _new_place(data, account)
    write_record(data / PLACE_FILE, {"place": str(place)})
    return place


def remove_place(data: Path) -> None:
    """Give back the folder beside the data folder, with all that is in it."""
    place = recorded_place(data)
    if place != data:
        shutil.rmtree(place, ignore_errors=True)
        (data / PLACE_FILE).unlink(missing_ok=True)


def _assert_there(data: Path, place: Path, account: Account) -> None:
    if not account.can_enter(place):
        raise DataFolderError(
            data,
            f"its databases are in {place}, which is gone or cannot be entered by the user {account.name}",
            f"Restore that folder, or remove {data / PLACE_FILE} to begin with empty databases.",
        )


def _new_place(data: Path, account: Account) -> Path:
    key = hashlib.sha256(str(data).encode()).hexdigest()[:8]
    reasons = []
    for parent in _candidates(data):
        try:
            if parent == Path("/var/lib/testmesh"):
                parent.mkdir(mode=0o711, exist_ok=True)
            place = Path(tempfile.mkdtemp(prefix=f"testmesh-{key}-", dir=parent))
            place.chmod(0o711)
        except OSError as error:
            reasons.append(str(error))
            continue
        if account.can_enter(place):
            return place
        place.rmdir()
        reasons.append(f"{parent}: the user {account.name} cannot enter it")
    raise DataFolderError(
        data,
        f"the databases run as {account.name}, who cannot enter it, nor another place ({'; '.join(reasons)})",
        "Choose a folder that this user can enter with --data.",
    )


def _candidates(data: Path) -> list[Path]:
    temporary = Path(tempfile.gettempdir())
    lasting = [Path("/var/lib/testmesh"), Path("/var/tmp")]  # noqa: S108 - mkdtemp makes a folder of our own in it
    return [temporary, *lasting] if data.is_relative_to(temporary) else [*lasting, temporary]
