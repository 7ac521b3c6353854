"""The live feed: each event once and in order, to whom it concerns, or word of a gap."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testmesh_contracts.live import LiveCursor

A = "01a20000-0000-7000-8000-00000000000a"
B = "01a20000-0000-7000-8000-00000000000b"
OTHER = "01a20000-0000-7000-8000-0000000001{:02d}"


def seqs(client: Any) -> list[int]:
    return [one["data"]["seq"] for one in client.events() if "seq" in one["data"]]


def test_a_client_is_told_of_its_execution_alone_and_without_log_lines(feed):
    client = feed.listen(f"execution:{A}")
    feed.say(A, "execution.started", "step.started", "log.line", "step.finished")
    feed.say(B, "execution.started")
    feed.complete(A)

    assert client.kinds() == [
        "stream.subscribed",
        "execution.started",
        "step.started",
        "step.finished",
        "execution.completed",
    ]
    assert {one["data"]["execution_id"] for one in client.events()} == {A}


def test_log_lines_have_a_topic_of_their_own_which_tells_of_the_end(feed):
    client = feed.listen(f"execution:{A}:logs")
    feed.say(A, "execution.started", "log.line", "step.finished", "log.line", message="hello")
    feed.complete(A)

    assert client.kinds() == ["stream.subscribed", "log.line", "log.line", "execution.completed"]


def test_the_topic_of_everything_keeps_the_order_of_steps_and_lines(feed):
    client = feed.listen(f"execution:{A}:all")
    feed.say(A, "step.started", "log.line", "step.finished")

    assert seqs(client) == [1, 2, 3]


def test_the_topic_of_all_executions_tells_what_becomes_of_them_and_no_plan(feed):
    client = feed.listen("events")
    feed.request(A)
    feed.say(A, "execution.started", "step.started", "step.finished", planned=[{"path": "a"}])
    feed.complete(A)

    assert client.kinds() == ["stream.subscribed", "execution.requested", "execution.started", "execution.completed"]
    assert "planned" not in client.events()[1]["data"]


def test_a_message_has_the_events_own_time_and_all_its_fields(feed):
    client = feed.listen(f"execution:{A}")
    feed.say(A, "step.finished", status="passed", output={"a": [1, None]})

    (told,) = client.events()
    assert told["time"] == "2026-01-01T00:00:00Z"
    assert told["data"] == {
        "execution_id": A,
        "run": 1,
        "seq": 1,
        "at": "2026-01-01T00:00:00Z",
        "status": "passed",
        "output": {"a": [1, None]},
    }


def test_who_comes_without_a_cursor_is_told_all_that_is_kept_of_an_execution(feed):
    feed.say(A, "execution.started", "step.started")
    feed.say(B, "execution.started")
    client = feed.listen(f"execution:{A}")
    feed.say(A, "step.finished")

    assert seqs(client) == [1, 2, 3]


def test_who_comes_without_a_cursor_is_told_nothing_old_of_all_executions(feed):
    feed.say(A, "execution.started")
    client = feed.listen("events")
    feed.complete(A)

    assert client.kinds() == ["stream.subscribed", "execution.completed"]


def test_a_client_that_comes_back_within_a_pack_is_told_the_rest_of_it(feed):
    first = feed.listen(f"execution:{A}")
    feed.say(A, "step.started", "step.finished", "step.started")
    cursor = first.events()[1]["id"]

    assert seqs(feed.listen(f"execution:{A}", after=cursor)) == [3]


def test_a_client_that_comes_back_with_the_cursor_of_its_subscription_misses_nothing(feed):
    for topic in (f"execution:{A}", "events"):
        first = feed.listen(topic)
        cursor = first.read()[0]["id"]
        feed.say(A, "execution.started")

        assert [one["type"] for one in feed.listen(topic, after=cursor).events()] == ["execution.started"]


def test_a_snapshots_cursor_leaves_out_the_whole_entry(feed):
    feed.say(A, "execution.started", "step.started")
    snapshot = f"0:{feed.ms}-0"
    feed.say(A, "step.finished")
    feed.complete(A)

    client = feed.listen(f"execution:{A}", after=snapshot)

    assert [one["type"] for one in client.events()] == ["step.finished", "execution.completed"]


def test_who_comes_back_after_the_result_is_told_nothing_again(feed):
    first = feed.listen(f"execution:{A}")
    feed.say(A, "execution.started")
    feed.complete(A)

    assert feed.listen(f"execution:{A}", after=first.cursor).kinds() == ["stream.subscribed"]


def test_a_lists_cursor_names_the_feed_alone_and_results_heard_after_it_are_told(feed):
    feed.say(A, "execution.started")
    feed.complete(A)
    feed.say(B, "execution.started")
    snapshot = f"0:{feed.ms}-0"
    feed.complete(B)

    told = feed.listen("events", after=snapshot).events()

    assert [(one["type"], one["data"]["execution_id"]) for one in told] == [("execution.completed", B)]


def test_a_cursor_of_another_replica_that_is_ahead_is_waited_for(feed):
    feed.say(A, "step.started")
    client = feed.listen(f"execution:{A}", after=f"0:{feed.ms + 1}-0-0")
    feed.say(A, "step.finished", "step.started")

    assert client.kinds() == ["stream.subscribed", "step.started"]


@pytest.mark.parametrize("after", ["0:1000-0-0", "0:1-0", "0:61001-0", "7:1000-0", "0:1001-0,nowhere:1-0"])
def test_a_cursor_that_is_too_old_or_from_elsewhere_gets_one_gap_and_nothing_more(feed, after):
    feed.say(A, "step.started")
    client = feed.listen(f"execution:{A}", after=after)
    feed.say(A, "step.finished")

    assert client.kinds() == ["stream.gap"]


def test_what_is_older_than_the_ring_is_a_gap(make_feed):
    feed = make_feed(seconds=60)
    first = feed.listen(f"execution:{A}")
    feed.say(A, "step.started", "step.finished")
    cursor = first.events()[0]["id"]
    feed.now[0] = 61
    feed.say(B, "step.started")

    assert feed.listen(f"execution:{A}", after=cursor).kinds() == ["stream.gap"]
    assert seqs(feed.listen(f"execution:{A}")) == []


async def test_old_entries_are_let_go_of_where_nothing_new_is_heard_and_others_have_their_turn_meanwhile(make_feed):
    feed = make_feed(seconds=60)
    for _ in range(250):
        feed.say(A, "log.line", message="x")
    feed.now[0] = 61
    sizes = []

    async def have_a_turn() -> None:
        while feed.ring.size:
            sizes.append(feed.ring.size)
            await asyncio.sleep(0)

    await asyncio.gather(have_a_turn(), feed.hub.let_old_go())

    assert feed.ring.size == 0
    assert len(set(sizes)) == 3


def test_the_ring_keeps_within_its_bytes(make_feed):
    feed = make_feed(most_bytes=20_000)
    for _ in range(50):
        feed.say(A, "log.line", message="x" * 500)

    assert feed.ring.size <= 20_000
    assert [len(lane) for lane in feed.ring._by_execution.values()] == [len(feed.ring._kept)]
    assert 0 < len(seqs(feed.listen(f"execution:{A}:logs"))) < 50


def test_a_stream_that_was_missed_in_part_is_a_gap_for_all_who_listen(feed):
    clients = [feed.listen(f"execution:{A}"), feed.listen("events")]
    feed.say(A, "execution.started")
    assert [client.kinds() for client in clients] == [["stream.subscribed", "execution.started"]] * 2
    feed.ear.begin("testmesh.executions.events.v1", "5000-0")
    feed.ms = 5000
    feed.say(A, "step.started")

    assert [client.kinds() for client in clients] == [["stream.subscribed", "execution.started", "stream.gap"]] * 2
    assert seqs(feed.listen(f"execution:{A}", after="0:5000-0")) == [2]


def test_events_that_are_said_again_are_told_once(feed):
    client = feed.listen(f"execution:{A}")
    step = {"type": "step.started"}
    feed.pack(A, [step, step], first=1)
    feed.pack(A, [step, step, step], first=1)
    feed.pack(A, [step], first=3)

    assert seqs(client) == [1, 2, 3]


def test_after_a_hole_nothing_is_told_until_it_is_filled(feed):
    client = feed.listen(f"execution:{A}")
    step = {"type": "step.started"}
    feed.pack(A, [step], first=1)
    feed.pack(A, [step], first=3)
    assert seqs(client) == [1]
    feed.pack(A, [step, step, step], first=2)

    assert seqs(client) == [1, 2, 3, 4]


def test_a_run_with_an_older_fence_is_not_shown(feed):
    client = feed.listen(f"execution:{A}")
    step = {"type": "step.started"}
    feed.pack(A, [step], first=1, fence=5, run=1)
    feed.pack(A, [step], first=1, fence=9, run=2)
    feed.pack(A, [step, step], first=2, fence=5, run=1)
    feed.pack(A, [step], first=2, fence=9, run=2)

    assert [(one["data"]["run"], one["data"]["seq"]) for one in client.events()] == [(1, 1), (2, 1), (2, 2)]


def test_after_a_miss_an_execution_goes_on_with_whatever_comes_next(feed):
    feed.say(A, "step.started")
    feed.ear.begin("testmesh.executions.events.v1", "5000-0")
    feed.ms = 5000
    client = feed.listen(f"execution:{A}")
    feed.pack(A, [{"type": "step.finished"}], first=9)

    assert seqs(client) == [9]


def test_who_hears_of_a_result_finds_it_when_he_asks(feed):
    told_before = []
    feed.hub.tell = lambda kept: told_before.append(list(feed.outdated))
    feed.complete(A)

    assert told_before == [[UUID(A)]]


def test_a_request_or_a_result_that_is_said_again_is_told_once(feed):
    client = feed.listen("events")
    feed.request(A)
    feed.request(A)
    feed.complete(A)
    feed.complete(A)

    assert client.kinds() == ["stream.subscribed", "execution.requested", "execution.completed"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {b"type": b"execution.events"},
        {b"type": b"execution.events", b"body": b"{"},
        {b"type": b"execution.events", b"body": b"[]"},
        {b"type": b"execution.events", b"body": b'{"events": []}'},
        {b"type": b"execution.events", b"body": b'{"execution_id": 1, "run": 1, "fence": 1, "events": [{"seq": "1"}]}'},
        {b"type": b"\xff", b"body": b"{}"},
    ],
)
def test_an_unreadable_entry_does_not_stop_the_feed(feed, fields):
    client = feed.listen(f"execution:{A}")
    feed.say(A, "step.started")
    feed.entry("0", fields)
    feed.entry("results", {b"type": b"execution.completed", b"body": b"{}"})
    feed.entry("normal", {b"type": b"execution.requested"})
    feed.say(A, "step.finished")

    assert seqs(client) == [1, 2]


def test_events_go_on_after_one_of_an_execution_that_is_not_readable(feed):
    client = feed.listen(f"execution:{A}")
    feed.say(A, "step.started")
    feed.entry("0", {b"type": b"execution.events", b"execution": A.encode(), b"body": b"?"})
    feed.pack(A, [{"type": "step.finished"}], first=3)

    assert seqs(client) == [1, 3]


def test_a_type_of_a_newer_release_is_passed_over_in_a_stream_and_told_in_a_pack(feed):
    client = feed.listen(f"execution:{A}")
    feed.entry("0", {b"type": b"execution.dreams", b"body": b"{}"})
    feed.say(A, "step.dreamt")

    assert client.kinds() == ["stream.subscribed", "step.dreamt"]


def test_a_client_that_is_behind_is_told_all_that_is_kept_while_the_others_go_on(feed):
    slow, quick = (feed.listen(f"execution:{A}") for _ in range(2))
    for seq in range(1, 301):
        feed.say(A, "step.started")
        assert seqs(quick)[-1] == seq

    assert seqs(slow) == seqs(quick) == list(range(1, 301))


def test_a_client_that_is_behind_by_more_than_is_kept_is_told_of_the_gap(make_feed):
    feed = make_feed(most_bytes=20_000)
    client = feed.listen(f"execution:{A}:logs")
    feed.say(A, "log.line")
    assert seqs(client) == [1]
    for _ in range(50):
        feed.say(A, "log.line", message="x" * 500)

    assert client.kinds() == ["stream.subscribed", "log.line", "stream.gap"]
    assert client.client.subscriptions == {}


def test_what_is_let_go_of_other_executions_is_no_gap_for_a_client_that_has_not_read_yet(make_feed):
    feed = make_feed(most_bytes=20_000)
    for _ in range(50):
        feed.say(B, "log.line", message="x" * 500)
    client = feed.listen(f"execution:{A}")
    feed.say(A, "step.started")
    for _ in range(10):
        feed.say(B, "log.line", message="x" * 500)

    assert seqs(client) == [1]


def test_a_client_that_was_told_all_there_was_is_not_behind_however_old_that_is(make_feed):
    feed = make_feed(seconds=60)
    client = feed.listen(f"execution:{A}")
    feed.say(A, "step.started")
    client.read()
    for second in range(0, 200, 20):
        feed.now[0] = second
        feed.say(B, "step.started")
    feed.say(A, "step.finished")

    assert seqs(client) == [1, 2]


def test_what_waits_costs_nothing_for_each_who_waits(feed):
    for _ in range(1000):
        feed.say(A, "step.started")
    client = feed.listen(f"execution:{A}")
    for _ in range(1000):
        feed.subscribe(client, f"execution:{A}")

    assert len(client.client._waiting) == len(client.client.subscriptions) == 1
    assert sum(map(len, feed.hub._listening.values())) == 1


def test_two_topics_of_a_client_take_turns(feed):
    client = feed.listen(f"execution:{A}")
    feed.subscribe(client, f"execution:{B}")
    for _ in range(150):
        feed.say(A, "step.started")
        feed.say(B, "step.started")
    first = [
        json.loads(m.text)["data"] for m in feed.hub.take_ready(client.client) + feed.hub.take_ready(client.client)
    ]

    assert {data["execution_id"] for data in first if data} == {A, B}


def test_a_subscription_that_has_ended_is_told_nothing_more_not_even_what_waits(feed):
    feed.say(A, "step.started")
    client = feed.listen(f"execution:{A}")
    feed.say(A, "step.finished")
    feed.hub.unsubscribe(client.client, client.topic)
    feed.say(A, "step.started")

    assert client.kinds() == ["stream.subscribed"]


def test_a_client_that_subscribes_again_is_told_from_its_new_place_on(feed):
    client = feed.listen(f"execution:{A}")
    feed.say(A, "step.started", "step.finished")
    cursor = client.events()[0]["id"]
    feed.say(A, "step.started")
    feed.subscribe(client, f"execution:{A}", cursor)

    assert seqs(client) == [1, 2, 2, 3]


def test_a_hole_that_is_not_filled_becomes_a_gap_for_its_execution_alone(feed):
    clients = [feed.listen(f"execution:{A}"), feed.listen(f"execution:{B}"), feed.listen("events")]
    step = {"type": "step.started"}
    feed.pack(A, [step], first=1)
    assert seqs(clients[0]) == [1]
    feed.pack(A, [step], first=3)
    feed.now[0] = 6
    feed.pack(A, [step], first=4)
    feed.pack(A, [step], first=5)

    assert [client.kinds()[-1] for client in clients] == ["stream.gap", "stream.subscribed", "stream.subscribed"]
    assert seqs(clients[0]) == [1]
    assert seqs(feed.listen(f"execution:{A}", after=clients[0].told[-1]["id"])) == [5]


def test_a_result_that_is_heard_again_after_a_miss_is_told_again(feed):
    feed.complete(A)
    feed.ear.begin("testmesh.executions.results.v1", "1000-0")
    client = feed.listen("events")
    feed.complete(A)

    assert client.kinds() == ["stream.subscribed", "execution.completed"]


async def test_who_waits_for_a_place_is_woken_when_it_is_heard(feed):
    feed.say(A, "step.started")
    cursor = LiveCursor.parse(f"0:{feed.ms + 1}-0")
    waiting = asyncio.create_task(feed.hub.until_heard(cursor, 10))
    await asyncio.sleep(0)
    assert not waiting.done()
    feed.entry("0", {b"type": b"execution.dreams", b"body": b"{}"})

    assert await waiting
    assert await feed.hub.until_heard(LiveCursor.parse("0:1-0"), 0)
    assert not await feed.hub.until_heard(LiveCursor.parse("0:99999-0"), 0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    packs=st.lists(
        st.tuples(st.sampled_from([A, B]), st.integers(0, 4), st.booleans(), st.none() | st.integers(0, 5)),
        min_size=3,
        max_size=30,
    ),
    topic=st.sampled_from(["execution:{}", "execution:{}:all", "events"]),
)
def test_a_client_that_drops_anywhere_and_comes_back_sees_each_event_once_in_order(make_feed, packs, topic):
    """It may lose the last messages on the way: they are in its queue, or on the line, when it drops."""
    feed = make_feed()
    client = feed.listen(topic.format(A))
    seen: list[Any] = []
    others: list[str] = []
    for number, (execution, count, again, lost) in enumerate(packs):
        kind = "execution.started" if topic == "events" else "step.started"
        if count == 0:
            feed.request(OTHER.format(number))
            feed.complete(OTHER.format(number))
            others += ["execution.requested", "execution.completed"] if topic == "events" else []
        else:
            feed.say(execution, *[kind] * count)
        if count and again:
            feed.pack(execution, [{"type": kind}] * count, first=feed.seqs[execution] - count + 1)
        if lost is not None:
            arrived = client.read()[: max(len(client.told) - lost, 1)]
            seen += [one for one in arrived if one["data"]]
            cursor = arrived[-1]["id"]
            client.leave()
            client = feed.listen(topic.format(A), after=cursor)
    seen += client.events()
    told = [(one["data"]["execution_id"], one["data"]["seq"]) for one in seen if "seq" in one["data"]]
    wanted = [A, B] if topic == "events" else [A]
    said = [(execution, seq) for execution in wanted for seq in range(1, feed.seqs.get(execution, 0) + 1)]

    assert sorted(told) == said
    assert [one["type"] for one in seen if "seq" not in one["data"]] == others
    assert [one for one in told if one[0] == A] == said[: feed.seqs.get(A, 0)]
