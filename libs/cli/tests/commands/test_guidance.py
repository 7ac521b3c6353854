"""What the command says to somebody who does not know it yet."""

import shlex

import click
import pytest

from testmesh_cli.guidance import BEGIN, EXAMPLES, HELP, SECTIONS, TARGET, WORK, in_sections
from testmesh_cli.main import COMMANDS, cli

pytestmark = pytest.mark.integration

LINES = [line for lines in [*EXAMPLES.values(), BEGIN, TARGET, WORK, HELP] for line, _ in lines]


def test_without_a_command_it_says_how_to_begin_and_is_not_green(testmesh):
    done = testmesh()

    assert (done.returncode, done.stdout) == (2, "")
    said = [line.strip() for line in done.stderr.splitlines()]
    assert said[2].startswith("testmesh init")
    assert said[-1].startswith("testmesh --help")


def test_inside_a_project_it_does_not_propose_another(testmesh, write, tmp_path):
    write(".testmesh.yaml", "version: 1\n")

    done = testmesh()

    assert "testmesh init" not in done.stderr
    assert "testmesh run" in done.stderr


@pytest.mark.parametrize(("word", "near"), [("rnu", "run"), ("valdate", "validate"), ("result", "results")])
def test_a_command_that_is_misspelled_is_answered_with_the_nearest(testmesh, word, near):
    done = testmesh(word)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"There is no command '{word}'; did you mean '{near}'?" in done.stderr


def test_a_word_that_is_near_to_no_command_is_answered_without_a_guess(testmesh):
    done = testmesh("xyzzy")

    assert done.returncode == 2
    assert "There is no command 'xyzzy'." in done.stderr


def test_a_path_in_the_place_of_a_command_is_answered_with_run(testmesh, write):
    write("my flows/a.yaml", "name: a\n")

    assert "testmesh run 'my flows/a.yaml'" in testmesh("my flows/a.yaml").stderr


@pytest.mark.parametrize("command", sorted(EXAMPLES))
def test_examples_end_the_help_of_a_command_and_fit_a_terminal(testmesh, command):
    shown = testmesh(command, "--help").stdout.partition("Examples:\n")[2].splitlines()

    assert [line.strip() for line in shown] == [line.strip() for line in shown if line]
    assert [line.split("   ")[0].strip() for line in (line.strip() for line in shown)] == [
        line for line, _ in EXAMPLES[command]
    ]
    assert max(map(len, shown)) <= 80


@pytest.mark.parametrize("line", [line for line in LINES if "COMMAND" not in line])
def test_an_example_is_a_command_line_that_is_understood(line, tmp_path, monkeypatch):
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/order.yaml").touch()
    monkeypatch.chdir(tmp_path)
    program, *words = shlex.split(
        line.removeprefix('eval "$(').partition(')"')[0].partition(" > ")[0].partition(" | ")[0]
    )

    assert program == "testmesh"
    if words == ["--help"]:
        return
    context = click.Context(cli)
    name, command, rest = cli.resolve_command(context, words)
    assert command is not None
    command.make_context(name, rest, parent=context)


def test_every_command_is_in_one_section_and_one_that_has_none_is_listed_last():
    told = in_sections([*COMMANDS, "newcomer"])
    names = [name for _, members in told for name, _ in members]

    assert sorted(names) == sorted([*COMMANDS, "newcomer"])
    assert told[-1] == ("More", [("newcomer", None)])
    assert max(len(words) for members in SECTIONS.values() for words in members.values()) <= 60


@pytest.mark.parametrize(("words", "same"), [(["help"], ["--help"]), (["help", "run"], ["run", "--help"])])
def test_help_may_be_asked_for_by_the_word(testmesh, words, same):
    done = testmesh(*words)

    assert (done.returncode, done.stdout) == (0, testmesh(*same).stdout)


def test_the_demo_is_named_in_a_project_too_and_naming_no_command_is_no_success(testmesh, write):
    write(".testmesh.yaml", "version: 1\n")

    done = testmesh()

    assert "testmesh demo " in done.stderr
    assert "testmesh init" not in done.stderr
    assert done.returncode == 2
