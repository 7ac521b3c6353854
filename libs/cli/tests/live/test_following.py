import asyncio
import time
from contextlib import aclosing

import pytest

from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.remote.executions import ResultLateError, ResultUnknownError
from testmesh_cli.remote.following import Following, Snapshot
from testmesh_cli.remote.log_pages import LogReader
from testmesh_cli.remote.patience import Patience
from testmesh_contracts.executions import LogView

pytestmark = pytest.mark.integration

QUICK = Patience(outage=20, first_pause=0.02, longest_pause=0.1, between=0.01, first_byte=5, stalled=5)


class Heard:
    def __init__(self):
        self.events = []
        self.statuses = []
        self.lines = []

    @property
    def numbers(self):
        return [event.place for event in self.events]


async def follow(client, live, *, seconds=20.0, patience=QUICK, log=False, heard=None, on_event=lambda _: None):
    heard = heard or Heard()
    reader = LogReader(client, live.execution) if log else None
    following = Following(client, live.execution, seconds=seconds, log=reader, patience=patience)
    async with aclosing(following.news()) as all_news:
        async for news in all_news:
            if isinstance(news, Snapshot):
                heard.statuses.append(news.view.status)
                heard.lines += [line.message for line in news.lines]
            else:
                heard.events.append(news)
                if news.type == "log.line" and (reader is None or reader.is_new(LogView.model_validate(news.data))):
                    heard.lines.append(news.data["message"])
                on_event(heard)
    return heard


def streams(live):
    return [asked for asked in live.asked if asked[1].endswith("/events")]


@pytest.mark.parametrize("cut", [False, True], ids=["connection ends", "answer is cut off"])
async def test_over_six_drops_each_event_comes_once_and_in_order(live, client_of, cut):
    live.cut = cut
    live.drops = [1, 3, 0, 5, 2, 4]
    for number in range(20):
        live.starts(f"s{number}")
    live.completes("passed")
    live.views = [{**live.view, "status": "running", "finished_at": None}]

    async with client_of(live) as client:
        heard = await follow(client, live)

    assert heard.numbers == [(1, number) for number in range(1, 21)]
    assert heard.statuses == ["running", "passed"]
    assert [last for *_, last in streams(live)] == [None, "1", "4", "4", "9", "11", "15"]
    lost, back = client.said
    assert lost.startswith(f"the server at {live.url} is lost: the connection ")
    assert back == f"the server at {live.url} answers again"


async def test_a_subscription_begins_after_the_cursor_of_the_snapshot(live, client_of):
    for number in range(4):
        live.starts(f"s{number}")
    live.shows("running", cursor="2")
    running = live.view
    live.completes("passed")
    live.views = [running]

    async with client_of(live) as client:
        heard = await follow(client, live)

    assert heard.numbers == [(1, 3), (1, 4)]
    assert streams(live)[0][2:] == ({"after": "2"}, None)


async def test_the_start_of_who_had_to_wait_is_heard_though_it_has_the_number_of_the_wait(live, client_of):
    live.shows("pending", run=0)
    pending = live.view
    live.says("execution.delayed", seq=1, reason="a key is held", at="2026-09-21T23:59:00Z")
    live.says("execution.started", seq=1)
    live.completes("passed")
    live.views = [pending]

    async with client_of(live) as client:
        heard = await follow(client, live)

    assert [event.type for event in heard.events] == ["execution.delayed", "execution.started"]


async def test_after_a_gap_the_snapshot_is_fetched_again_and_its_cursor_is_where_it_goes_on(live, client_of):
    for number in range(6):
        live.starts(f"s{number}")
    live.trimmed = 4
    live.shows("running", cursor="1")
    first = live.view
    live.shows("running", cursor="4")
    second = live.view
    live.completes("failed")
    live.views = [first, second]

    async with client_of(live) as client:
        heard = await follow(client, live)

    assert heard.numbers == [(1, 5), (1, 6)]
    assert heard.statuses == ["running", "running", "failed"]
    assert [query.get("after") for _, _, query, _ in streams(live)] == ["1", "4"]


async def test_gaps_without_end_are_not_asked_after_without_end(live, client_of):
    live.starts("a")
    live.trimmed = 99
    live.shows("running", cursor="1")
    running = live.view
    live.shows("passed")
    live.views = [running] * (QUICK.fruitless + 3)

    async with client_of(live) as client:
        heard = await follow(client, live)

    assert heard.statuses[-1] == "passed"
    assert len(streams(live)) == QUICK.fruitless
    assert client.said == [
        "no live events (6 subscriptions in a row ended at once); the execution is asked for once a second instead"
    ]


async def test_what_came_twice_is_told_once_and_nothing_of_a_run_that_was_given_up(live, client_of):
    live.starts("a", seq=1)
    live.starts("a", seq=1)
    live.starts("b", seq=2)
    live.starts("a", run=2, seq=1)
    live.ends("b", run=1, seq=3)
    live.starts("b", run=2, seq=2)
    live.completes("passed", run=2)
    live.views = [{**live.view, "status": "running", "finished_at": None}]

    async with client_of(live) as client:
        heard = await follow(client, live)

    assert heard.numbers == [(1, 1), (1, 2), (2, 1), (2, 2)]


async def test_an_event_that_was_sent_again_later_is_told_when_it_comes(live, client_of):
    for seq in (1, 2, 4, 3, 4):
        live.starts(f"s{seq}", seq=seq)
    live.completes("passed")
    live.views = [{**live.view, "status": "running", "finished_at": None}]

    async with client_of(live) as client:
        heard = await follow(client, live)

    assert [seq for _, seq in heard.numbers] == [1, 2, 4, 3]


async def test_a_server_that_is_killed_and_comes_back_at_its_port_is_followed_on(live, client_of):
    live.starts("a")
    heard = Heard()

    async with client_of(live) as client:
        task = asyncio.create_task(follow(client, live, heard=heard))
        await until(lambda: heard.events)
        await live.die()
        await until(lambda: client.said)
        live.ends("a")
        await live.listen()
        await until(lambda: len(heard.events) == 2)
        live.completes("failed", "a")
        await task

    assert heard.numbers == [(1, 1), (1, 2)]
    assert heard.statuses == ["running", "failed"]
    assert client.said[0].startswith(f"the server at {live.url} is lost: ")
    assert client.said[1:] == [f"the server at {live.url} answers again"]


async def test_a_server_that_is_gone_for_ever_is_given_up_within_the_patience(live, client_of):
    live.starts("a")
    heard = Heard()
    patience = Patience(outage=0.5, first_pause=0.02, longest_pause=0.1)

    async with client_of(live) as client:
        task = asyncio.create_task(follow(client, live, heard=heard, patience=patience))
        await until(lambda: heard.events)
        await live.die()
        with pytest.raises(ResultUnknownError) as raised:
            await asyncio.wait_for(task, 10)
    await live.listen()

    assert f"`testmesh results {live.execution}`" in str(raised.value)
    assert raised.value.exit_code is ExitCode.SERVER
    assert not [words for words in client.said if "no live events" in words]


async def test_a_server_that_takes_no_listener_for_long_is_asked_for_the_execution(live, client_of):
    live.refusals = [503] * 1_000
    running = live.view
    live.shows("failed")
    live.views = [running] * 3
    patience = Patience(outage=0.3, first_pause=0.02, longest_pause=0.1)

    async with client_of(live) as client:
        heard = await follow(client, live, patience=patience)

    assert heard.statuses == ["running", "running", "running", "failed"]
    assert client.said[0] == f"the server at {live.url} is lost: HTTP 503; it is asked again for 0 s"
    assert [words for words in client.said if "no live events" in words]


async def test_refusals_for_a_while_are_waited_out(live, client_of):
    live.refusals = [503, 429, 502]
    live.starts("a")
    live.completes("passed")
    live.views = [{**live.view, "status": "running", "finished_at": None}]

    async with client_of(live) as client:
        heard = await follow(client, live)

    assert heard.numbers == [(1, 1)]
    assert heard.statuses[-1] == "passed"


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ({"old": True}, "HTTP 404"),
        ({"refusals": [400]}, "HTTP 400"),
        ({"media": "text/html"}, "what answers is text/html, not text/event-stream"),
        ({"silent": True}, "nothing came within 0.3 s"),
    ],
)
async def test_without_live_events_the_execution_is_asked_for(live, client_of, made, reason):
    for name, value in made.items():
        setattr(live, name, value)
    running = live.view
    live.shows("failed")
    live.views = [running] * 2
    patience = Patience(outage=5, first_byte=0.3)

    async with client_of(live) as client:
        heard = await follow(client, live, patience=patience)

    assert heard.statuses == ["running", "running", "failed"]
    assert client.said == [f"no live events ({reason}); the execution is asked for once a second instead"]


async def test_a_connection_that_says_nothing_any_more_is_lost(live, client_of):
    live.starts("a")
    heard = Heard()
    patience = Patience(outage=20, stalled=0.3, first_pause=0.02, longest_pause=0.1)

    async with client_of(live) as client:
        task = asyncio.create_task(follow(client, live, heard=heard, patience=patience))
        await until(lambda: len(streams(live)) >= 3)
        live.completes("passed")
        await task

    assert heard.numbers == [(1, 1)]
    assert heard.statuses[-1] == "passed"


async def test_losses_in_a_quiet_run_do_not_add_up_to_an_outage(live, client_of):
    patience = Patience(outage=1.5, steady=0.1, first_pause=0.02, longest_pause=0.05)

    async with client_of(live) as client:
        task = asyncio.create_task(follow(client, live, patience=patience))
        for number in range(1, 8):
            await until(lambda: len(streams(live)) == number)  # noqa: B023 - asked at once
            await asyncio.sleep(0.3)
            live.drop()
        live.starts("a")
        live.completes("passed")
        heard = await task

    assert heard.numbers == [(1, 1)]
    assert not [words for words in client.said if "no live events" in words]


async def test_a_run_that_never_ends_is_given_up_in_time(live, client_of):
    started = time.monotonic()

    async with client_of(live) as client:
        with pytest.raises(ResultLateError):
            await follow(client, live, seconds=0.4)

    assert time.monotonic() - started >= 0.4


async def test_a_completion_that_the_database_does_not_know_yet_is_no_end(live, client_of):
    live.says("execution.completed", status="passed")
    running = live.view
    live.shows("error")
    live.views = [running] * 3

    async with client_of(live) as client:
        heard = await follow(client, live)

    assert heard.statuses == ["running", "running", "running", "error"]


async def test_log_lines_of_pages_and_of_the_feed_come_once_also_over_a_gap(live, client_of):
    for number in range(5):
        live.logs(f"line {number}")
    live.shows("running", cursor="3")
    first = live.view
    live.trimmed = 4
    live.shows("running", cursor="5")
    second = live.view
    live.views = [first, second]
    heard = Heard()

    async with client_of(live) as client:
        reader_done = asyncio.create_task(follow(client, live, heard=heard, log=True))
        await until(lambda: len(streams(live)) == 2)
        live.logs("line 5")
        live.logs("line 6", recorded=False)
        live.completes("passed")
        await reader_done

    assert heard.lines == [f"line {number}" for number in range(7)]
    assert streams(live)[0][2] == {"logs": "true", "after": "3"}


async def until(holds, seconds=10.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"did not hold within {seconds} s"
        await asyncio.sleep(0.01)
