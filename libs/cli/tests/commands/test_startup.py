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
NOT_TO_CHECK_A_FLOW = (
    *("rich", "httpx", "aiohttp", "jsonschema", "jsonpath", "faker", "fastapi", "sqlalchemy", "redis", "websockets"),
    "obstore",
    *("testmesh_api", "testmesh_runner", "testmesh_chassis", "testmesh_cli.remote.client", "testmesh_cli.local"),
    *("testmesh_contracts.flows", "testmesh_contracts.executions", "testmesh_contracts.queries"),
    *("testmesh_engine.executor", "testmesh_engine.http", "testmesh_engine.expressions.xpath.parser"),
)
"""Of a package, also all that is in it."""
TO_RUN_ONE = ("testmesh_engine.executor",)
NOT_TO_RUN_A_FLOW = (
    *(name for name in NOT_TO_CHECK_A_FLOW if name not in TO_RUN_ONE),
    *("testmesh_cli.running.remote", "testmesh_engine.executor.control"),
)
NOT_TO_SEND_A_REQUEST = (
    *(name for name in NOT_TO_RUN_A_FLOW if name not in {"aiohttp", "testmesh_engine.http"}),
    *(f"testmesh_engine.http.{rare}" for rare in ("rare", "tls", "cookies", "redirects", "multipart", "http2")),
    "h2",
)
COUNTS = "name: Counts\nsteps: [{action: set, config: {one: 1}}, {action: assert, config: {assertions: [one == 1]}}]\n"
ASKS = 'name: Asks\nsteps: [{action: http_request, config: {method: GET, url: "http://127.0.0.1:1"}}]\n'


def loaded_by(*arguments):
    """Return the modules that a command loads where its output is a pipe."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(arguments=list(map(str, arguments)))],
        capture_output=True,
        text=True,
        timeout=30,
    )
    return json.loads(done.stderr.splitlines()[-1])


def of_these(loaded, names):
    return [module for module in loaded if any(f"{module}.".startswith(f"{name}.") for name in names)]


@pytest.mark.parametrize("arguments", [["--version"], [], ["--help"], ["run", "--help"], ["logs", "--help"]])
def test_what_only_tells_of_the_command_loads_nothing_heavy(arguments):
    assert of_these(loaded_by(*arguments), HEAVY) == []


@pytest.mark.parametrize(
    ("command", "flow", "needless"),
    [
        ("validate", ASKS, NOT_TO_CHECK_A_FLOW),
        ("run", COUNTS, NOT_TO_RUN_A_FLOW),
        ("run", ASKS, NOT_TO_SEND_A_REQUEST),
    ],
    ids=["validate", "run", "run of a request"],
)
def test_what_works_on_a_flow_loads_only_what_this_flow_needs(command, flow, needless, tmp_path):
    file = tmp_path / "flow.yaml"
    file.write_text(flow)

    loaded = loaded_by(command, file)

    assert "testmesh_engine.language.parse" in loaded
    assert of_these(loaded, needless) == []


def test_a_run_loads_the_store_of_artifacts_with_the_first_file_that_it_keeps(tmp_path):
    file = tmp_path / "flow.yaml"
    file.write_text(
        'name: Large\nenv: {part: "%s"}\nsteps: [{action: set, config: {all: "${part + part}"}}]\n' % ("x" * 200_000)
    )

    assert "obstore" in loaded_by("run", file)


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
