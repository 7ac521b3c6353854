import re
from itertools import chain

import pytest

from testmesh_contracts import TOPICS, Topic, message_type, topic
from testmesh_contracts.events import EVENTS

NAME = re.compile(r"[a-z]+(\.[a-z]+)*")
TYPE = re.compile(r"[a-z]+(\.[a-z]+)?")
PARTITIONS = range(8)


def _crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1
    return crc & 0xFFFF


def _hash_slot(key: str) -> int:
    """Return the slot of a key as Redis Cluster computes it: of its hash tag, where it has one."""
    tag = re.search(r"\{([^}]+)\}", key)
    return _crc16((tag[1] if tag else key).encode()) % 16384


def test_the_hash_slot_of_this_test_is_that_of_the_cluster_specification() -> None:
    assert _crc16(b"123456789") == 0x31C3
    assert _hash_slot("{user1000}.following") == _hash_slot("user1000")


@pytest.mark.parametrize("row", TOPICS, ids=lambda row: row.name)
def test_dead_letters_share_the_hash_slot_of_their_topic(row: Topic) -> None:
    assert _hash_slot(row.wire) == _hash_slot(row.dead)
    assert row.wire != row.dead


@pytest.mark.parametrize("row", [row for row in TOPICS if row.key], ids=lambda row: row.name)
def test_partitions_of_a_topic_spread_over_hash_slots(row: Topic) -> None:
    keys = [row.partition(number) for number in PARTITIONS]

    assert row.wire == keys[0]
    assert len(PARTITIONS) == len({_hash_slot(key) for key in keys})


def test_names_of_topics_are_dotted_lower_case_words() -> None:
    assert [row.name for row in TOPICS if not NAME.fullmatch(row.name)] == []
    assert [row.wire for row in TOPICS if not re.fullmatch(rf"testmesh\.{NAME.pattern}\.v[1-9]\d*", row.wire)] == []


def test_types_of_messages_are_dotted_lower_case_words() -> None:
    types = [message_type(model) for model in chain(EVENTS, *(row.messages for row in TOPICS))]

    assert [name for name in types if not TYPE.fullmatch(name)] == []


def test_no_two_streams_of_the_map_have_one_key() -> None:
    keys = [key for row in TOPICS for key in (*map(row.partition, PARTITIONS), row.dead)]

    assert len(keys) == len(set(keys))


def test_a_type_names_one_message_in_the_whole_map() -> None:
    named: dict[str, set[type]] = {}
    for model in chain(EVENTS, *(row.messages for row in TOPICS)):
        named.setdefault(message_type(model), set()).add(model)

    assert {name: models for name, models in named.items() if len(models) > 1} == {}
    assert [row.name for row in TOPICS if len(row.models) != len(row.messages)] == []


@pytest.mark.parametrize("row", TOPICS, ids=lambda row: row.name)
def test_a_key_is_a_field_of_each_message_of_its_topic(row: Topic) -> None:
    assert [model for model in row.messages if row.key and row.key not in model.model_fields] == []


@pytest.mark.parametrize("row", TOPICS, ids=lambda row: row.name)
def test_a_row_of_the_map_is_complete(row: Topic) -> None:
    assert row.says.endswith(".")
    assert row.said_by
    assert row.messages
    assert len(row.heard_by) == len(set(row.heard_by))
    assert row.max_body > 0
    assert row.retention_s > 0
    assert row.max_entries > 0
    assert row is topic(row.name)


@pytest.mark.parametrize("row", TOPICS, ids=lambda row: row.name)
def test_questions_commands_and_replies_are_heard_in_their_own_ways(row: Topic) -> None:
    ways = {way for _, way in row.heard_by}

    assert ({"answer"} == ways) == (row.kind in ("query", "command"))
    assert ({"ask"} == ways) == (row.kind == "reply")


def test_a_stream_has_one_fold_owner_at_most() -> None:
    folds = {row.name: [service for service, way in row.heard_by if way == "fold"] for row in TOPICS}

    assert {name: owners for name, owners in folds.items() if len(owners) > 1} == {}


def test_a_topic_that_is_not_in_the_map_is_refused() -> None:
    with pytest.raises(KeyError):
        topic("executions.gossip")
