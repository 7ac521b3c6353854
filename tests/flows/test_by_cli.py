"""Each case comes out of the real command as it does of the engine, and the command's exit code says so."""

import json
import subprocess

import pytest

from testmesh_cli.exit_codes import ExitCode, gravest
from tests.flows.by_cli import Invocation, carry_out
from tests.flows.cases import ROOT, Case, cases_of
from tests.flows.seen import differences
from tests.flows.stub import Stub
from tests.house.running import TESTMESH

pytestmark = pytest.mark.integration
CASES = cases_of("cli")
BESIDE = ("TM313", "TM402", "TM416")
"""Codes of notes that come of another file: of the flow that is called, or of the settings."""
CODES = {"passed": 0, "failed": 1, "invalid": 2, "error": 3, "cancelled": 130}


@pytest.fixture(scope="module")
def invocations(tmp_path_factory: pytest.TempPathFactory, stub: Stub) -> list[Invocation]:
    return carry_out(CASES, tmp_path_factory.mktemp("given"), stub)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_comes_out_as_it_says(case: Case, invocations: list[Invocation]):
    (seen,) = [invocation.seen[case.name] for invocation in invocations if case.name in invocation.seen]

    assert differences(case, seen) == {}, seen.words


def test_the_exit_code_of_many_flows_is_that_of_the_gravest(invocations: list[Invocation]):
    for invocation in invocations:
        codes = [ExitCode(CODES[seen.status]) for seen in invocation.seen.values()]
        assert invocation.exit_code == gravest(codes)


@pytest.mark.parametrize(
    ("code", "paths"),
    [
        (0, ["condition/then.yaml", "group/passes.yaml"]),
        (1, ["condition/then.yaml", "condition/fails.yaml"]),
        (2, ["condition/then.yaml", "condition/fails.yaml", "validation/later_step.yaml"]),
        (3, ["condition/then.yaml", "condition/fails.yaml", "condition/error_in_if.yaml"]),
    ],
)
def test_the_exit_code_says_how_it_went(code, paths):
    done = subprocess.run([TESTMESH, "run", *paths], cwd=ROOT, capture_output=True, timeout=60)

    assert done.returncode == code


def test_no_flow_selected_is_never_a_pass(tmp_path):
    done = subprocess.run([TESTMESH, "run", str(tmp_path)], capture_output=True, text=True, timeout=60)

    assert done.returncode == 5
    assert "no flow was found" in done.stderr


def test_notes_are_told_by_validate_and_faults_of_what_a_flow_names_before_it_runs():
    noted = {case.file: case for case in CASES if case.status != "invalid"}
    done = subprocess.run(
        [TESTMESH, "validate", *noted, "--format", "json"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    told = {file["file"]: file for file in json.loads(done.stdout)["files"]}
    faulty = {name: {fault["code"] for fault in file["faults"]} for name, file in told.items() if file["faults"]}

    assert faulty == {name: {noted[name].code} for name in faulty}, "a fault is what the flow would end with"
    assert done.returncode == 2
    assert set(faulty) >= {"data/no_file.yaml", "data/ragged.yaml", "run_flow/cycle.yaml", "run_flow/not_found.yaml"}
    assert {name: case.notes for name, case in noted.items()} == {
        name: [
            f"{note['code']} {note['line']}:{note['column']}" for note in file["notes"] if note["code"] not in BESIDE
        ]
        for name, file in told.items()
    }
