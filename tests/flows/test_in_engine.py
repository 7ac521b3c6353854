"""Each case comes out in the engine as its head says, in the words that are pinned."""

import pytest

from tests.flows.cases import PARTS, ROOT, Case, all_cases, cases_of
from tests.flows.in_engine import carry_out
from tests.flows.seen import differences
from tests.flows.stub import Stub
from tests.house.pinning import pins


@pytest.mark.parametrize("case", cases_of("engine"), ids=lambda case: case.name)
async def test_a_case_comes_out_as_it_says(case: Case, tmp_path, stub: Stub):
    seen = await carry_out(case, tmp_path, stub)

    if pins() and case.status != "passed":
        case.words.write_text(seen.words)
    assert differences(case, seen) == {}, seen.words


def test_every_pinned_text_belongs_to_a_case_that_does_not_pass():
    pinned = {path for path in ROOT.rglob("*.err") if PARTS not in path.parts}

    assert pinned == {case.words for case in all_cases() if case.status != "passed"}


def test_each_case_that_is_not_carried_out_in_every_way_says_why():
    assert [case.name for case in all_cases() if len(case.ways) < 3 and not case.because] == []
