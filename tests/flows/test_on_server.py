"""Each case comes out of a running server as it does of the engine, and is recorded so."""

from collections.abc import Iterator

import pytest

from tests.flows.cases import Case, cases_of
from tests.flows.on_server import carry_out, refused
from tests.flows.seen import Seen, differences
from tests.flows.stub import Stub
from tests.house.running import House, running_house

pytestmark = pytest.mark.e2e
CASES = cases_of("server")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("cases") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def recorded(house: House, stub: Stub) -> dict[str, Seen]:
    return carry_out(CASES, house, stub)


@pytest.mark.parametrize("case", [case for case in CASES if not case.refused], ids=lambda case: case.name)
def test_a_case_comes_out_as_it_says(case: Case, recorded: dict[str, Seen]):
    seen = recorded[case.name]

    assert differences(case, seen) == {}, seen.words


@pytest.mark.parametrize("case", [case for case in CASES if case.refused], ids=lambda case: case.name)
def test_what_a_flow_names_and_is_given_is_looked_at_before_it_is_taken(case: Case, house: House, stub: Stub):
    assert refused(case, house, stub) == case.refused


@pytest.mark.parametrize("case", [case for case in CASES if case.status == "invalid"], ids=lambda case: case.name)
def test_a_flow_that_is_none_is_never_taken(case: Case, house: House, stub: Stub):
    assert refused(case, house, stub) == case.faults
