from itertools import pairwise
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from testmesh_contracts import command_id, event_id, partition_of, uuid7

MILLISECONDS = st.integers(min_value=0, max_value=2**48 - 1)


@given(MILLISECONDS)
def test_an_id_is_a_uuid_of_version_7_that_tells_its_time(ms: int) -> None:
    made = uuid7(ms)

    assert made.version == 7
    assert made.variant == RFC_4122
    assert ms == made.int >> 80


@given(MILLISECONDS, MILLISECONDS)
def test_ids_order_by_their_time(one: int, other: int) -> None:
    earlier, later = sorted((one, other))

    assert earlier == later or uuid7(earlier) < uuid7(later)
    assert earlier == later or str(uuid7(earlier)) < str(uuid7(later))


def test_ids_made_one_after_the_other_never_go_back_in_time_nor_repeat() -> None:
    made = [uuid7() for _ in range(2000)]

    assert len(made) == len(set(made))
    assert all(one.int >> 80 <= other.int >> 80 for one, other in pairwise(made))


@given(st.uuids(), st.integers(min_value=1, max_value=64))
def test_a_partition_is_in_range_and_does_not_change(execution: UUID, partitions: int) -> None:
    found = partition_of(execution, partitions)

    assert 0 <= found < partitions
    assert found == partition_of(UUID(str(execution)), partitions)


def test_partitions_of_known_ids_are_those_of_every_release() -> None:
    ids = [UUID(int=number) for number in range(8)]

    assert [partition_of(one, 8) for one in ids] == [5, 3, 1, 7, 4, 2, 0, 6]


def test_partitions_are_filled_evenly() -> None:
    counts = [0] * 4
    for _ in range(4000):
        counts[partition_of(uuid7(), 4)] += 1

    assert min(counts) > 800


@given(st.text(), st.text(), st.text())
def test_a_command_has_one_id_however_often_it_is_given(principal: str, route: str, key: str) -> None:
    assert command_id(principal, route, key) == command_id(principal, route, key)
    assert command_id(principal, route, key) != command_id(principal, route, key + "'")


def test_a_fact_has_one_id_however_often_it_is_said() -> None:
    execution = uuid7()

    assert event_id("execution.completed", execution) == event_id("execution.completed", execution)
    assert event_id("execution.completed", execution) != event_id("execution.completed", uuid7())
