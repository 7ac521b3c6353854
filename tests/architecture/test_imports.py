"""Who may import whom, as import-linter sees it; each contract is shown to fail on a planted violation."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "pyproject.toml"
PACKAGES = tomllib.loads(CONFIG.read_text())["tool"]["importlinter"]["root_packages"]
SOURCES = [*sorted(ROOT.glob("libs/*/src")), *sorted(ROOT.glob("services/*/src"))]


LINT_EACH = """
import os, sys
from importlinter.cli import lint_imports_command
config, *places = sys.argv[1:]
for place in places:
    child = os.fork()
    if child == 0:
        sys.path[:0] = place.split(os.pathsep)
        lint_imports_command(["--config", config, "--no-cache"])
    print("\\f", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def _lint(where: Path, *houses: list[Path]) -> list[tuple[int, str]]:
    """Run import-linter with the repository's contracts over each house, given as folders that packages lie in.

    One process begins all, as to load the linter takes longer than to lint an empty house.
    """
    places = [os.pathsep.join(map(str, house)) for house in houses]
    done = subprocess.run(
        [sys.executable, "-c", LINT_EACH, str(CONFIG), *places],
        cwd=where,
        env=os.environ | {"COLUMNS": "300"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    found = [
        (int(code), " ".join(told.split())) for told, code in re.findall("(.*?)\f ([0-9]+)\n", done.stdout, re.DOTALL)
    ]
    assert len(found) == len(houses), done.stdout
    return found


def _empty(house: Path) -> Path:
    """Make an empty house: every package of ours, with nothing in it."""
    for package in PACKAGES:
        (house / package).mkdir(parents=True)
        (house / package / "__init__.py").touch()
    return house


def test_the_house_keeps_its_contracts(tmp_path: Path) -> None:
    [(code, told)] = _lint(tmp_path, SOURCES)

    assert code == 0, told
    assert "0 broken" in told


def test_every_package_of_the_workspace_is_looked_at() -> None:
    there = {path.parent.name for source in SOURCES for path in source.glob("*/__init__.py")}

    assert there == set(PACKAGES)


def test_an_empty_house_breaks_nothing(tmp_path: Path) -> None:
    [(code, told)] = _lint(tmp_path, [_empty(tmp_path)])

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


def test_a_planted_import_breaks_a_contract_that_names_both(tmp_path: Path) -> None:
    houses = [_empty(tmp_path / str(number)) for number, _ in enumerate(PLANTED)]
    for house, (importer, imported) in zip(houses, PLANTED, strict=True):
        if "." in imported:
            _plant(house, imported, "")
        _plant(house, importer, f"import {imported}\n")

    outcomes = _lint(tmp_path, *([house] for house in houses))

    missed = [
        (importer, imported, told)
        for (importer, imported), (code, told) in zip(PLANTED, outcomes, strict=True)
        if code != 1 or f"{importer} -> {imported} (l.1)" not in told
    ]
    assert missed == []


def test_a_planted_import_by_a_detour_is_found_too(tmp_path: Path) -> None:
    house = _empty(tmp_path)
    _plant(house, "testmesh_storage.tables", "")
    _plant(house, "testmesh_storage.folding", "from testmesh_storage import subscribers\n")
    _plant(house, "testmesh_storage.subscribers", "")
    _plant(house, "testmesh_storage.repository", "from testmesh_storage import folding\n")

    [(code, told)] = _lint(tmp_path, [house])

    assert code == 1, told
    assert "testmesh_storage.repository -> testmesh_storage.folding" in told
