"""What a step did, in the few words behind its name."""

import pytest

from testmesh_cli.reporting.summaries import LONGEST, action_summary

READ = {"columns": [{"name": "a", "type": "int4"}], "rows_affected": None}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({**READ, "row_count": 2}, " → 2 rows"),
        ({**READ, "row_count": 1}, " → 1 row"),
        ({"columns": [], "row_count": 0, "rows_affected": 1}, " → 1 row changed"),
        ({"columns": [], "row_count": 0, "rows_affected": 0}, " → 0 rows changed"),
        ({"columns": [], "row_count": 0, "rows_affected": None}, ""),
        (None, ""),
    ],
)
def test_a_query_is_told_on_one_line_with_how_many_rows_it_found_or_changed(found, words):
    assert action_summary("database_query", {"query": "SELECT a\n  FROM b"}, found) == f"SELECT a FROM b{words}"


def test_a_long_query_is_cut_and_its_rows_are_still_told():
    told = action_summary("database_query", {"query": "SELECT " + "a, " * 100}, {**READ, "row_count": 3})

    assert told.endswith(" → 3 rows")
    assert len(told) < LONGEST + 40


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"action": "click", "role": "button", "name": "Save"}, "browser click Save"),
        ({"actions": [{"action": "goto", "url": "http://a:b@c/"}, {"action": "screenshot"}]},
         "browser goto http://c/, screenshot"),
        ({"actions": "${all}"}, "browser"),
        ({}, "browser"),
    ],
)  # fmt: skip
def test_a_browser_says_what_it_does_to_which_elements(config, words):
    assert action_summary("browser", config, None) == words


@pytest.mark.parametrize(
    ("action", "given", "found", "words"),
    [
        ("websocket", {"url": "ws://h/a"}, {"handshake": {"status": 101}, "received": [1, 2]}, "ws://h/a → 2 messages"),
        ("websocket", {"url": "ws://h/a"}, {"handshake": {"status": 401}, "received": []}, "ws://h/a → 401"),
        ("websocket", {"session": "chat"}, None, "chat"),
        ("mock_server_start", {"endpoints": []}, {"base_url": "http://127.0.0.1:9"}, "mock server http://127.0.0.1:9"),
        ("mock_server_start", {"endpoints": []}, None, "mock_server_start"),
        ("mock_server_stop", {"server": "a"}, {"requests": []}, "mock_server_stop a"),
        ("mock_server_verify", {"method": "POST", "path": "/pay"}, {"requests": [1]}, "POST /pay → 1 request"),
        ("webhook_receive", {"path": "/hook", "match": "request.body.a"}, None, "/hook request.body.a"),
    ],
)
def test_messages_and_requests_are_counted(action, given, found, words):
    assert action_summary(action, given, found) == words


def test_a_long_address_of_a_websocket_makes_room_for_what_came():
    found = {"handshake": {"status": 101}, "received": [1]}

    assert (
        action_summary("websocket", {"url": "ws://host.example/a/long/path"}, found, 30) == "…/a/long/path → 1 message"
    )


def test_a_call_is_told_by_its_method_and_status():
    call = {"address": "a:1", "service": "shop.Inventory", "method": "GetStock"}

    assert action_summary("grpc_call", call, {"status": "NOT_FOUND"}) == "shop.Inventory/GetStock → NOT_FOUND"
    assert action_summary("grpc_call", call, None) == "shop.Inventory/GetStock"
    assert action_summary("grpc_call", call, {"status": "OK"}, 20).endswith("→ OK")


@pytest.mark.parametrize(
    ("action", "config", "found", "words"),
    [
        ("redis.get", {"key": "a"}, {"value": "x\ny", "exists": True}, "a → x y"),
        ("redis.get", {"key": "a"}, {"value": None, "exists": False}, "a → null"),
        ("redis.set", {"key": "a", "value": "secret"}, {"written": False}, "a → not written"),
        ("redis.del", {"key": ["a", "b"]}, {"deleted": 1}, "a b → 1 deleted"),
        ("redis.exists", {"key": "a"}, {"exists": False, "count": 0}, "a → 0 there"),
        ("redis_command", {"command": "INCR n"}, {"value": 7, "exists": True}, "INCR n → 7"),
        ("redis_command", {"command": "INCR n"}, None, "INCR n"),
    ],
)
def test_a_question_to_a_redis_is_told_by_its_key_and_what_came_of_it(action, config, found, words):
    assert action_summary(action, config, found) == words
