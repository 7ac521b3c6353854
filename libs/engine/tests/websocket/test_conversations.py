"""`websocket` in one step: what is sent, what is awaited, how it ends."""

import asyncio
import base64
import json

import pytest

from testmesh_engine.actions.websocket import WebSocketAction, WebSocketConfig
from testmesh_sdk import ActionContext

ECHO = {"url": "/echo"}
GREET = {"url": "/greet"}


async def test_what_is_sent_comes_back_json_parsed_and_text_as_it_is(passes):
    played = await passes(
        (
            {**ECHO, "messages": [
                {"send": {"type": "order", "id": 7}}, {"expect": "message.id == 7"},
                {"send": "plain"}, {"expect": "message == 'plain'"},
            ]},
            'received == [{type: "order", id: 7}, "plain"]',
            'matched[0].type == "order"',
            "handshake.status == 101",
            'handshake.headers["Upgrade"] == "websocket"',
            "close_code == 1000",
            'frames[0].type == "text"',
            "frames[1].size_bytes == 5",
        )
    )  # fmt: skip

    assert played["s0"].output["duration_ms"] > 0


async def test_messages_that_came_before_an_expect_are_not_lost_and_may_be_taken_in_another_order(passes):
    await passes(
        (
            {**GREET, "messages": [
                {"send": "hello"},
                {"expect": 'message.type == "answer"'},
                {"expect": 'message.type == "news"'},
                {"expect": 'message.type == "welcome" and message.user == who'},
            ]},
            'map(received, {.type}) == ["welcome", "news", "answer"]',
            'map(matched, {.type}) == ["answer", "news", "welcome"]',
        )
    )  # fmt: skip


async def test_a_message_is_taken_once(ends):
    twice = [{"expect": 'message.type == "welcome"'}, {"expect": 'message.type == "welcome"', "timeout": "200ms"}]

    status, code, message = await ends({**GREET, "messages": twice})

    assert (status, code) == ("failed", "TM421")
    assert "none within 200ms" in message


async def test_a_message_that_does_not_come_is_a_failure_that_tells_what_came_instead(ends):
    wanted = {"expect": '${message.type == "answer" and message.to == "x"}', "timeout": "200ms"}

    status, code, message = await ends({**GREET, "messages": [wanted]})

    assert (status, code) == ("failed", "TM421")
    assert 'no message for which message.type == "answer" and message.to == "x": none within 200ms' in message
    assert "2 other messages came" in message
    assert '{"type":"welcome","user":"Ada"}: message.type = "welcome"' in message


async def test_of_many_messages_the_nearest_are_told(ends):
    sent = [{"send": {"kind": "noise", "n": number}} for number in range(20)]
    near = [{"send": {"kind": "paid", "order": 6}}]
    wanted = {"expect": 'message.kind == "paid" and message.order == 7', "timeout": "200ms"}

    _, _, message = await ends({**ECHO, "messages": [*sent[:10], *near, *sent[10:], wanted]})

    assert '"order":6' in message
    assert "message.order = 6" in message
    assert "and 18 more" in message


async def test_no_message_at_all_is_told(ends):
    _, _, message = await ends({"url": "/silent", "messages": [{"expect": "true == true", "timeout": "100ms"}]})

    assert "no other message came" in message


async def test_a_server_that_closes_instead_of_answering_is_told_with_its_code(ends):
    status, _, message = await ends({"url": "/hang-up", "messages": [{"send": "hello"}, {"expect": "message.ok"}]})

    assert status == "failed"
    assert "the server closed the connection (4401: who are you?)" in message


async def test_a_close_code_is_data(passes):
    await passes(
        (
            {"url": "/hang-up", "messages": [{"send": "hello"}, {"expect_close": True}]},
            "close_code == 4401",
            'close_reason == "who are you?"',
        ),
        {"url": "/hang-up", "messages": [{"send": "hello"}, {"expect_close": 4401}]},
    )


async def test_another_close_code_than_the_expected_one_is_a_failure(ends):
    status, _, message = await ends({"url": "/hang-up", "messages": [{"send": "hello"}, {"expect_close": 1000}]})

    assert status == "failed"
    assert "closed the connection (4401: who are you?), expected was 1000" in message


async def test_a_server_that_does_not_close_is_a_failure(ends):
    status, _, message = await ends({**ECHO, "messages": [{"expect_close": True, "timeout": "100ms"}]})

    assert status == "failed"
    assert "did not close the connection within 100ms" in message


async def test_a_connection_that_breaks_off_has_the_code_1006(passes, ends):
    await passes(
        ({"url": "/break-off", "messages": [{"send": "x"}, {"expect_close": True}]}, "close_code == 1006"),
    )
    _, _, message = await ends({"url": "/break-off", "messages": [{"send": "x"}, {"expect": "message.ok"}]})

    assert "broke off (1006)" in message


async def test_sending_on_a_closed_connection_is_an_error(ends):
    ended = {"url": "/hang-up", "messages": [{"send": "x"}, {"expect_close": True}, {"send": "y"}]}

    status, code, message = await ends(ended)

    assert (status, code) == ("error", "TM543")
    assert "4401" in message


async def test_this_side_closes_with_the_code_that_the_flow_says(passes):
    await passes(({**ECHO, "messages": [{"close": {"code": 3001, "reason": "done"}}]}, "close_code == 3001"))


async def test_binary_messages_are_base64(passes):
    data = base64.b64encode(bytes(range(256))).decode()

    await passes(
        (
            {**ECHO, "messages": [
                {"send_base64": data}, {"expect": 'frame.type == "binary" and frame.size_bytes == 256'},
            ]},
            f'received[0] == "{data}"',
        )
    )  # fmt: skip


async def test_a_ping_is_answered(passes):
    await passes({**ECHO, "messages": [{"ping": True}, {"ping": True, "timeout": "5s"}]})


async def test_a_server_that_answers_no_ping_is_a_failure(play):
    async def deaf(reader, writer):
        key = next(
            line for line in (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n") if b"Sec-WebSocket-Key" in line
        )
        from websockets.utils import accept_key

        accept = accept_key(key.split(b": ")[1].decode())
        answer = (
            f"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        )
        writer.write(answer.encode())
        await reader.read()
        writer.close()

    async with await asyncio.start_server(deaf, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        config = {"url": url, "messages": [{"ping": True, "timeout": "100ms"}]}
        step = {"id": "a", "action": "websocket", "config": config}
        played = await play(json.dumps({"name": "a", "steps": [step]}))

    assert played["a"].status == "failed"
    assert "no pong within 100ms" in played["a"].error_message


async def test_headers_and_subprotocols_go_out_with_the_handshake(passes):
    await passes(
        (
            {**GREET, "subprotocols": ["chat.v1"], "headers": {"Authorization": "Bearer t0p", "X-Tries": 3},
             "messages": [
                {"send": "x"}, {"expect": 'message.headers.authorization == "Bearer t0p"'},
            ]},
            'handshake.subprotocol == "chat.v1"',
            'matched[0].headers["x-tries"] == "3"',
            'matched[0].headers["user-agent"] == "testmesh"',
        )
    )  # fmt: skip


async def test_what_proves_who_asks_is_hidden_in_records(passes):
    played = await passes({**GREET, "headers": {"Authorization": "Bearer t0p"}, "messages": []})

    assert "t0p" not in played.said


async def test_a_refused_handshake_is_data_where_nothing_else_is_asked_for(passes):
    await passes(
        (
            {"url": "/private"},
            "handshake.status == 401",
            'handshake.body contains "no token"',
            "handshake.headers['content-type'] contains 'text'",
            "received == []",
            "close_code == nil",
        ),
        ({"url": "/moved"}, "handshake.status == 302", 'handshake.headers.location == "/echo"'),
    )


@pytest.mark.parametrize("more", [{"messages": [{"send": "x"}]}, {"session": "chat"}])
async def test_a_refused_handshake_is_an_error_where_there_was_more_to_do(ends, more):
    status, code, message = await ends({"url": "/private", **more})

    assert (status, code) == ("error", "TM541")
    assert 'the server refused with status 401: {"error": "no token"}' in message


async def test_where_nothing_listens_is_told(ends, server, url):
    server.close()
    await server.wait_closed()

    status, code, message = await ends({"url": f"{url}/echo"})

    assert (status, code) == ("error", "TM540")
    assert "connection refused: nothing listens on 127.0.0.1:" in message


async def test_what_speaks_no_websocket_is_told(play):
    async def gibberish(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 mail.example.org ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(gibberish, "127.0.0.1", 0) as server:
        config = {"url": f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"}
        played = await play(json.dumps({"name": "a", "steps": [{"id": "a", "action": "websocket", "config": config}]}))

    assert (played["a"].status, played["a"].error_code) == ("error", "TM549")
    assert "speaks no WebSocket" in played["a"].error_message


@pytest.mark.parametrize("wrong", ["http://127.0.0.1:1/x", "ws:///x", "nonsense"])
async def test_an_address_of_something_else_is_told(ends, wrong):
    _, code, message = await ends({"url": wrong})

    assert code == "TM547", message


async def test_a_step_out_of_time_is_an_error_that_tells_what_came(ends):
    status, code, message = await ends({**GREET, "timeout": "300ms", "messages": [{"expect": "message.type == 'x'"}]})

    assert (status, code) == ("error", "TM544")
    assert "2 other messages came" in message
    assert "raise its timeout" in message


async def test_more_messages_than_are_kept_are_an_error(ends):
    status, code, message = await ends({"url": "/flood", "messages": [{"expect": "message == 'x'"}]})

    assert (status, code) == ("error", "TM546")
    assert "10000 messages" in message


async def test_a_message_beyond_all_bounds_is_an_error(ends):
    status, code, message = await ends({"url": "/huge", "messages": [{"expect": "message == 'x'"}]})

    assert (status, code) == ("error", "TM546")
    assert "16777216 bytes" in message


async def test_a_name_that_there_is_not_ends_the_wait_at_once(ends):
    status, code, message = await ends({**GREET, "messages": [{"expect": "mesage.type == 'welcome'"}]})

    assert (status, code) == ("error", "TM401")
    assert "Did you mean `message`?" in message


@pytest.mark.parametrize(
    ("headers", "expected"),
    [({}, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ({"TraceParent": "my own"}, "my own")],
)
async def test_the_trace_context_goes_out_unless_the_author_set_one(url, resources, headers, expected):
    context = ActionContext(
        execution_id="e-1", flow_name="a", step_id="a", path="a", attempt=1, deadline=None, variables={},
        resources=resources, execution=resources, log=print, attach=print,
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )  # fmt: skip
    config = WebSocketConfig.model_validate(
        {"url": f"{url}/greet", "headers": headers, "messages": [{"send": "x"}, {"expect": "message.type == 'answer'"}]}
    )

    result = await WebSocketAction().run(config, context)

    assert result.matched[0]["headers"]["traceparent"] == expected
