"""A shell that was given `testmesh completion` completes commands, options, their values and files."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from testmesh_cli.main import COMMANDS

pytestmark = pytest.mark.integration

ASK = """
eval "$(testmesh completion bash)"
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
compopt() { echo "compopt $*"; }
_testmesh_completion testmesh
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def environment(tmp_path):
    """The environment in which `testmesh` is the command of this very Python."""
    programs = tmp_path / "programs"
    programs.mkdir()
    program = programs / "testmesh"
    program.write_text(f"#!{sys.executable}\nimport sys\nfrom testmesh_cli.main import main\nsys.exit(main())\n")
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path), "PS1": "$ "}


@pytest.fixture
def completed(environment):
    def ask(*words):
        done = subprocess.run(
            ["bash", "--norc", "-c", ASK, "bash", "testmesh", *words],
            env=environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.split()

    return ask


def test_bash_completes_commands(completed):
    assert sorted(completed("")) == sorted(COMMANDS)
    assert completed("va") == ["validate"]


def test_bash_completes_options_and_their_values(completed):
    assert completed("run", "--fail") == ["--fail-fast"]
    assert completed("results", "--status", "p") == ["pending", "passed"]
    assert completed("init", "--template", "") == ["http", "kafka", "db", "browser", "full"]
    assert completed("explain", "tm30") == [f"TM30{number}" for number in range(1, 10)]


def test_bash_completes_paths_by_itself_where_paths_belong(completed):
    assert completed("run", "flo") == ["compopt", "-o", "default"]
    assert completed("server", "--data", "") == ["compopt", "-o", "dirnames"]


@pytest.mark.parametrize(("shell", "begin"), [("zsh", "#compdef testmesh"), ("fish", "function _testmesh_completion")])
def test_other_shells_are_given_lines_of_their_own(environment, shell, begin):
    done = subprocess.run(
        ["testmesh", "completion", shell], env=environment, capture_output=True, text=True, timeout=60
    )

    assert done.stdout.startswith(begin)
    assert f"{shell}_complete" in done.stdout


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_answered_with_the_commands(environment, shell):
    asking = {
        "_TESTMESH_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "testmesh va",
        "COMP_CWORD": "va" if shell == "fish" else "1",
    }
    done = subprocess.run(["testmesh"], env=environment | asking, capture_output=True, text=True, timeout=60)

    assert (done.returncode, "validate" in done.stdout, "run" in done.stdout.split()) == (0, True, False)


def test_a_person_presses_tab(environment, tmp_path):
    """Real keys into a real shell: the command and the path are both completed, and the line is carried out."""
    (tmp_path / "a flow.yaml").write_text("name: a\nsteps: [{action: log, config: {message: hi}}]\n")
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execvpe("bash", ["bash", "--norc", "-i"], environment)
    try:
        os.write(terminal, b'eval "$(testmesh completion bash)"; echo read""y\n')
        assert "ready" in read_until(terminal, "ready")
        os.write(terminal, b"testmesh vali\ta\\ f\t\n")
        assert "1 valid, 0 not valid" in read_until(terminal, "not valid")
    finally:
        os.write(terminal, b"\x03exit\n")
        read_until(terminal, "no such words")
        os.close(terminal)
        os.waitpid(pid, 0)


def read_until(terminal, words, seconds=30.0):
    end, seen = time.monotonic() + seconds, ""
    while words not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                seen += os.read(terminal, 4096).decode(errors="replace")
            except OSError:
                break  # the shell has ended
    return seen


def test_what_is_printed_says_how_to_have_it_always(environment):
    done = subprocess.run(["testmesh", "completion", "bash"], env=environment, capture_output=True, text=True)

    assert done.stdout.splitlines()[-1].endswith('add to ~/.bashrc:  eval "$(testmesh completion bash)"')
    assert Path(environment["HOME"], ".bashrc").exists() is False
