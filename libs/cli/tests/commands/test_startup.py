import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from testmesh_cli import __version__
from testmesh_cli.main import COMMANDS

pytestmark = pytest.mark.integration

LOADED = """
import json, sys
from testmesh_cli.main import main
sys.argv = ["testmesh", *{arguments!r}]
main()
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
HEAVY = ("rich", "httpx", "pydantic", "yaml", "asyncio", "testmesh_engine", "testmesh_contracts", "testmesh_api")


@pytest.mark.parametrize("arguments", [["--version"], [], ["--help"], ["run", "--help"], ["logs", "--help"]])
def test_what_only_tells_of_the_command_loads_nothing_heavy(arguments):
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(arguments=arguments)], capture_output=True, text=True, timeout=30
    )
    loaded = json.loads(done.stderr.splitlines()[-1])

    assert [name for name in loaded if name.split(".")[0] in HEAVY] == []


def test_the_version_is_the_one_of_the_package(testmesh):
    package = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())

    assert __version__ == package["project"]["version"]
    assert testmesh("--version").stdout == f"testmesh {__version__}\n"


def test_every_command_that_is_listed_is_there(testmesh):
    told = testmesh("--help")

    assert told.returncode == 0
    sections = told.stdout.partition("Begin:")[2].splitlines()
    listed = [line.split()[0] for line in sections if line.startswith("  ")]
    assert sorted(listed) == sorted(COMMANDS)
    assert [testmesh(name, "--help").returncode for name in listed] == [0] * len(listed)


def test_a_command_that_is_not_there_is_a_usage_error(testmesh):
    assert testmesh("wacht").returncode == 2
