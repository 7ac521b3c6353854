"""Connections that stay open over a flow's steps."""

import asyncio
import json

import pytest

CHAT = {"session": "chat"}


async def test_a_session_is_one_connection_over_several_steps(passes, server):
    peers = []

    async def remember(*_):
        peers.append(len(server.connections))

    await passes(
        ({"url": "/greet", **CHAT, "messages": [{"expect": 'message.type == "welcome"'}]}, "close_code == nil"),
        ({**CHAT, "messages": [{"send": "one"}]},),
        (
            {**CHAT, "messages": [{"expect": 'message.type == "answer" and message.to == "one"'}, {"close": True}]},
            'matched[0].headers["user-agent"] == "testmesh"',
            "close_code == 1000",
        ),
    )

    await remember()
    assert peers == [0]


async def test_what_comes_between_steps_is_kept_for_the_next(passes):
    await passes(
        {"url": "/greet", **CHAT},
        ({**CHAT, "messages": [{"send": "a"}, {"expect": 'message.type == "answer"'}]}, "len(matched) == 1"),
        ({**CHAT, "messages": [{"expect": 'message.type == "news"'}]}, "received == []", "matched[0].items == [1, 2]"),
    )


async def test_each_message_is_received_by_one_step(converse):
    played = await converse(
        {"url": "/greet", **CHAT, "messages": [{"expect": 'message.type == "news"'}]},
        {**CHAT, "messages": [{"send": "a"}, {"expect": 'message.type == "answer"'}]},
    )

    assert [message["type"] for message in played["s0"].output["received"]] == ["welcome", "news"]
    assert [message["type"] for message in played["s1"].output["received"]] == ["answer"]


async def test_a_session_that_nobody_opened_is_an_error_that_names_those_that_are(ends):
    status, code, message = await ends({"url": "/echo", "session": "feed"}, {**CHAT, "messages": [{"send": "x"}]})

    assert (status, code) == ("error", "TM545")
    assert "no session 'chat' is open (open are feed)" in message


async def test_a_session_leads_to_one_address(ends):
    status, code, message = await ends({"url": "/echo", **CHAT}, {"url": "/greet", **CHAT})

    assert (status, code) == ("error", "TM545")
    assert "is open to ws://127.0.0.1" in message


async def test_a_closed_session_can_be_opened_again_under_its_name(passes):
    await passes(
        {"url": "/echo", **CHAT, "messages": [{"close": True}]},
        ({"url": "/echo", **CHAT, "messages": [{"send": "x"}, {"expect": "message == 'x'"}]}, "len(received) == 1"),
    )


async def test_a_session_is_opened_again_though_messages_of_the_old_one_wait(passes):
    await passes(
        {"url": "/greet", **CHAT, "messages": [{"expect": 'message.type == "news"'}, {"close": True}]},
        ({"url": "/greet", **CHAT, "messages": [{"expect": 'message.type == "news"'}]}, "len(received) == 2"),
    )


async def test_messages_of_a_session_that_was_closed_can_still_be_expected_and_nothing_sent(passes, ends):
    first = {"url": "/greet", **CHAT, "messages": [{"expect": 'message.type == "news"'}, {"close": True}]}
    await passes(first, ({**CHAT, "messages": [{"expect": 'message.type == "welcome"'}]}, "close_code == 1000"))

    status, code, message = await ends(first, {**CHAT, "messages": [{"send": "x"}]})

    assert (status, code) == ("error", "TM543")
    assert "this side closed the connection (1000)" in message


async def test_flows_do_not_share_sessions(passes, ends):
    await passes({"url": "/echo", **CHAT})

    status, code, _ = await ends({**CHAT, "messages": [{"send": "x"}]})

    assert (status, code) == ("error", "TM545")


@pytest.mark.parametrize(
    "last", ['{"action": "fail", "config": {"message": "no"}}', '{"action": "delay", "config": {"duration": "30s"}}']
)
async def test_a_session_is_closed_with_the_execution_whatever_happens(play, url, server, last):
    opening = {"action": "websocket", "config": {"url": f"{url}/echo", "session": "a"}}
    flow = {"name": "a", "timeout": "500ms", "steps": [opening, json.loads(last)]}

    played = await play(json.dumps(flow))

    assert played.outcome.status in ("failed", "error")
    async with asyncio.timeout(2):
        while server.connections:
            await asyncio.sleep(0.01)


async def test_a_cancelled_flow_closes_its_session(play, url, server):
    opening = {"action": "websocket", "config": {"url": f"{url}/echo", "session": "a"}}
    waiting = {"id": "w", "action": "websocket", "config": {"session": "a", "messages": [{"expect": "message == 1"}]}}
    cancel = asyncio.Event()
    playing = asyncio.create_task(play(json.dumps({"name": "a", "steps": [opening, waiting]}), cancel=cancel))
    async with asyncio.timeout(5):
        while not server.connections:
            await asyncio.sleep(0.01)

    cancel.set()
    async with asyncio.timeout(1.5):
        played = await playing

    assert played.outcome.status == "cancelled"
    async with asyncio.timeout(2):
        while server.connections:
            await asyncio.sleep(0.01)
