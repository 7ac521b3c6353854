"""What each command says in a terminal is what its golden file says."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from testmesh_cli.main import COMMANDS
from tests.terminal.cases import CASES, SERVER, Case, commands_of
from tests.terminal.golden import GOLDEN, Scene, compare, said_in_a_terminal, scene_of
from tests.terminal.steady import in_letters
from tests.terminal.tmux import Screen, Tmux

pytestmark = pytest.mark.e2e
CASES_HERE = [case for case in CASES if "terminal" in case.ways]


@pytest.fixture(scope="module")
def server(tmux: Tmux, environment: Mapping[str, str], shop: str) -> Iterator[tuple[Screen, Scene]]:
    """The product, started in a terminal."""
    with scene_of(SERVER, environment, shop) as scene:
        screen = tmux.open(scene.folder, SERVER.columns)
        screen.type(SERVER.words)
        screen.until(lambda seen: "export TESTMESH_URL" in seen, "the server", within_s=120)
        url = json.loads((scene.folder / "data" / "server.json").read_text())["url"]
        yield screen, replace(scene, environment={**environment, "TESTMESH_URL": url})
        if screen.prompts() < 2:
            screen.press("C-c")
            screen.ends(before=1)


@pytest.mark.parametrize("case", CASES_HERE, ids=lambda case: case.name)
def test_a_command_says_in_a_terminal_what_its_golden_file_says(case: Case, tmux, environment, shop, request):
    around = request.getfixturevalue("server")[1].environment if case.asks_server else environment
    with scene_of(case, around, shop) as scene:
        compare(f"{case.name}.terminal", said_in_a_terminal(case, scene, tmux))


def test_the_server_says_in_a_terminal_what_its_golden_file_says(server):
    screen, scene = server
    screen.press("C-c")
    screen.ends(before=1)

    compare("server.terminal", scene.steady(in_letters(screen.text()), None))


@pytest.mark.parametrize("way", ["terminal", "pipe"])
def test_no_command_is_left_out(way):
    assert commands_of(way) >= set(COMMANDS)


def test_every_golden_file_is_of_a_case():
    named = {f"{case.name}.{way}.txt" for case in (*CASES, SERVER) for way in case.ways}

    assert {path.name for path in GOLDEN.iterdir()} == named
