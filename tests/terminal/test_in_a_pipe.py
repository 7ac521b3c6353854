"""What each command says in a pipe is what its golden file says."""

import json
import signal
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from tests.terminal.cases import CASES, SERVER, Case
from tests.terminal.golden import Scene, as_written, compare, said_in_a_pipe, scene_of
from tests.terminal.place import Piped

pytestmark = pytest.mark.e2e
CASES_HERE = [case for case in CASES if "pipe" in case.ways]


@pytest.fixture(scope="module")
def server(environment: Mapping[str, str], shop: str) -> Iterator[tuple[Piped, Scene]]:
    """The product, started in a pipe."""
    with scene_of(SERVER, environment, shop) as scene:
        piped = Piped(SERVER.words, scene.folder, environment)
        try:
            piped.until("export TESTMESH_URL", within_s=120)
            url = json.loads((scene.folder / "data" / "server.json").read_text())["url"]
            yield piped, replace(scene, environment={**environment, "TESTMESH_URL": url})
            piped.signal(signal.SIGINT)
            piped.ends()
        finally:
            piped.close()


@pytest.mark.parametrize("case", CASES_HERE, ids=lambda case: case.name)
def test_a_command_says_in_a_pipe_what_its_golden_file_says(case: Case, environment, shop, request):
    around = request.getfixturevalue("server")[1].environment if case.asks_server else environment
    with scene_of(case, around, shop) as scene:
        compare(f"{case.name}.pipe", said_in_a_pipe(case, scene))


def test_the_server_says_in_a_pipe_what_its_golden_file_says(server):
    piped, scene = server
    piped.signal(signal.SIGINT)

    compare("server.pipe", scene.steady(as_written(SERVER.words, piped.ends()), None))
