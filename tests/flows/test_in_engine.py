"""Each case comes out in the engine as its head says, in the words that are pinned."""

import os

import pytest

from tests.flows.cases import PARTS, ROOT, Case, all_cases
from tests.flows.in_engine import carry_out

CASES = all_cases()
PIN = "TESTMESH_PIN_WORDS"
"""Set it to write down what is said now; then read what changed."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_case_comes_out_as_it_says(case: Case, tmp_path):
    seen = await carry_out(case, tmp_path)

    assert (seen.status, seen.code) == (case.status, case.code), seen.words
    assert seen.faults == case.faults, seen.words
    if case.steps is not None:
        assert seen.steps == case.steps
    assert seen.outputs == case.outputs
    assert seen.notes == case.notes
    for part in case.warnings:
        assert part in "\n".join(seen.warnings)
    if case.status == "passed":
        return
    if PIN in os.environ:
        case.words.write_text(seen.words)
    assert case.words.read_text() == seen.words


def test_every_pinned_text_belongs_to_a_case_that_does_not_pass():
    pinned = {path for path in ROOT.rglob("*.err") if PARTS not in path.parts}

    assert pinned == {case.words for case in CASES if case.status != "passed"}
