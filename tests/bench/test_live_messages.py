import pytest

from tests.bench.live_messages import Tally, TopicLog

TOPIC = "execution:e"


def told(entry: str, seq: int, kind: str = "step.finished"):
    data = {"execution_id": "e", "run": 1, "seq": seq, "finished_at": "2026-11-23T10:00:00.500Z"}
    return {"topic": TOPIC, "id": entry, "type": kind, "data": data}


def subscribed():
    return {"topic": TOPIC, "id": "0:1-0", "type": "stream.subscribed", "data": {}}


AT = 1795428000.0
"""2026-11-23T10:00:00Z"""


@pytest.fixture
def tally():
    return Tally()


@pytest.fixture
def log(tally: Tally):
    found = TopicLog(tally, AT)
    found.take(subscribed(), AT)
    return found


def test_the_latency_of_an_event_is_from_its_own_time_to_its_receipt(tally: Tally, log: TopicLog):
    log.take(told("0:5-0-0", 1), AT + 0.520)

    assert [round(value) for value in tally.latencies_ms["execution step.finished"]] == [20]
    assert not tally.faults


def test_an_event_from_before_the_subscription_is_counted_and_not_timed(tally: Tally):
    log = TopicLog(tally, asked_at=AT + 1)
    log.take(subscribed(), AT + 1.05)
    log.take(told("0:5-0-0", 1), AT + 1.1)

    assert tally.replayed == 1
    assert not tally.latencies_ms


def test_what_happened_while_the_subscription_was_not_yet_confirmed_is_timed(tally: Tally):
    log = TopicLog(tally, asked_at=AT)
    log.take(subscribed(), AT + 0.900)
    log.take(told("0:5-0-0", 1), AT + 0.901)

    assert [round(value) for value in tally.latencies_ms["execution step.finished"]] == [401]


@pytest.mark.parametrize(
    ("second", "fault"),
    [
        (told("0:5-0-0", 2), "out of order"),
        (told("0:4-0-7", 2), "out of order"),
        (told("0:5-0-1", 1), "told twice"),
        (told("0:5-0-1", 3), "a hole between two events"),
    ],
)
def test_what_comes_twice_late_or_not_at_all_is_a_fault(tally: Tally, log: TopicLog, second, fault):
    log.take(told("0:5-0-0", 1), AT + 1)
    log.take(second, AT + 1)

    assert tally.faults[fault] == 1


def test_a_gap_is_a_fault(tally: Tally, log: TopicLog):
    log.take({"topic": TOPIC, "id": None, "type": "stream.gap", "data": {}}, AT)

    assert tally.faults == {"stream.gap": 1}
