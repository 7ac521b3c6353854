"""Who may import whom, as import-linter sees it; each contract is shown to fail on a planted violation."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "pyproject.toml"
PACKAGES = tomllib.loads(CONFIG.read_text())["tool"]["importlinter"]["root_packages"]
SOURCES = [*sorted(ROOT.glob("libs/*/src")), *sorted(ROOT.glob("services/*/src"))]


def _lint(sources: list[Path], where: Path) -> tuple[int, str]:
    """Run import-linter with the repository's contracts over packages found in `sources`."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, sources)), "COLUMNS": "300"}
    done = subprocess.run(
        [*command, "--config", str(CONFIG), "--no-cache"],
        cwd=where,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """An empty house: every package of ours, with nothing in it."""
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    return tmp_path


def test_the_house_keeps_its_contracts(tmp_path: Path) -> None:
    code, told = _lint(SOURCES, tmp_path)

    assert code == 0, told
    assert "0 broken" in told


def test_every_package_of_the_workspace_is_looked_at() -> None:
    there = {path.parent.name for source in SOURCES for path in source.glob("*/__init__.py")}

    assert there == set(PACKAGES)


def test_an_empty_house_breaks_nothing(house: Path) -> None:
    code, told = _lint([house], house)

    assert code == 0, told


PLANTED = [
    ("testmesh_api.flows", "testmesh_storage.flows"),
    ("testmesh_runner.intake", "testmesh_scheduler.cron"),
    ("testmesh_scheduler.ticker", "testmesh_runner.runs"),
    ("testmesh_storage.folding", "testmesh_api.routes"),
    ("testmesh_cli.server", "testmesh_api.main"),
    ("testmesh_cli.server", "testmesh_storage.main"),
    ("testmesh_chassis.bus", "testmesh_engine.plan"),
    ("testmesh_chassis.bus", "testmesh_sdk.action"),
    ("testmesh_chassis.bus", "testmesh_runner.intake"),
    ("testmesh_engine.plan", "testmesh_chassis.bus"),
    ("testmesh_engine.plan", "testmesh_runner.intake"),
    ("testmesh_engine.plan", "testmesh_cli.run"),
    ("testmesh_engine.plan", "redis"),
    ("testmesh_engine.plan", "asyncpg"),
    ("testmesh_engine.plan", "sqlmodel"),
    ("testmesh_sdk.action", "testmesh_engine.plan"),
    ("testmesh_contracts.topics", "testmesh_sdk.action"),
    ("testmesh_contracts.topics", "sqlmodel"),
    ("testmesh_contracts.topics", "faststream"),
    ("testmesh_storage.repository", "testmesh_storage.subscribers"),
    ("testmesh_storage.subscribers", "testmesh_storage.main"),
    ("testmesh_api.repository", "testmesh_api.routes"),
    ("testmesh_scheduler.repository", "testmesh_scheduler.ticker"),
    ("testmesh_runner.tables", "testmesh_runner.repository"),
]


def _plant(house: Path, module: str, source: str) -> None:
    path = house.joinpath(*module.split(".")).with_suffix(".py")
    path.write_text(source)


@pytest.mark.parametrize(("importer", "imported"), PLANTED)
def test_a_planted_import_breaks_a_contract_that_names_both(house: Path, importer: str, imported: str) -> None:
    if "." in imported:
        _plant(house, imported, "")
    _plant(house, importer, f"import {imported}\n")

    code, told = _lint([house], house)

    assert code == 1, told
    assert f"{importer} -> {imported} (l.1)" in told


def test_a_planted_import_by_a_detour_is_found_too(house: Path) -> None:
    _plant(house, "testmesh_storage.tables", "")
    _plant(house, "testmesh_storage.folding", "from testmesh_storage import subscribers\n")
    _plant(house, "testmesh_storage.subscribers", "")
    _plant(house, "testmesh_storage.repository", "from testmesh_storage import folding\n")

    code, told = _lint([house], house)

    assert code == 1, told
    assert "testmesh_storage.repository -> testmesh_storage.folding" in told
