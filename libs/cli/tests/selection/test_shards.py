from hypothesis import given
from hypothesis import strategies as st

from testmesh_cli.selection.shards import costs, divided, fingerprint

KEYS = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=40)
DURATIONS = st.dictionaries(st.text(min_size=1, max_size=8), st.integers(0, 100_000), max_size=40)


@given(KEYS, DURATIONS, st.integers(1, 9))
def test_shards_are_a_partition_no_flow_twice_and_none_lost(keys, durations, count):
    shards = divided(costs(keys, durations), count)

    assert len(shards) == count
    assert sorted(key for shard in shards for key in shard) == sorted(keys)


@given(KEYS, DURATIONS, st.integers(1, 9), st.randoms())
def test_every_machine_divides_alike_whatever_order_it_finds_things_in(keys, durations, count, chance):
    other_keys, other_durations = list(keys), list(durations.items())
    chance.shuffle(other_keys)
    chance.shuffle(other_durations)
    cost, other = costs(keys, durations), costs(other_keys, dict(other_durations))

    assert divided(cost, count) == divided(other, count)
    assert fingerprint(cost, count) == fingerprint(other, count)


@given(KEYS, DURATIONS, st.integers(1, 9))
def test_no_shard_has_more_to_do_than_the_lightest_and_one_flow(keys, durations, count):
    cost = costs(keys, durations)
    loads = [sum(cost[key] for key in shard) for shard in divided(cost, count)]

    assert max(loads) - min(loads) <= max(cost.values(), default=0)


@given(st.integers(1, 60), st.integers(1, 9))
def test_without_durations_shards_have_as_many_flows_as_one_another(flows, count):
    sizes = [len(shard) for shard in divided(costs([str(n) for n in range(flows)], {}), count)]

    assert max(sizes) - min(sizes) <= 1


def test_a_flow_without_a_record_counts_as_the_one_in_the_middle():
    assert costs(["a", "b", "c", "new"], {"a": 10, "b": 300, "c": 5000, "gone": 1}) == {
        "a": 10,
        "b": 300,
        "c": 5000,
        "new": 300,
    }


def test_the_longest_come_first_so_that_they_are_not_together():
    cost = {"long": 100, "longer": 110, "a": 60, "b": 50}

    assert divided(cost, 2) == [["longer", "b"], ["long", "a"]]


def test_divisions_that_do_not_fit_together_have_other_names():
    cost = {"a": 1, "b": 2}

    assert len({fingerprint(cost, 2), fingerprint(cost, 3), fingerprint({"a": 2, "b": 1}, 2)}) == 3
