"""What an action did in a few words, behind the name of its step."""

from collections.abc import Callable, Mapping
from typing import Any

from testmesh_cli.reporting.layout import cells, cut
from testmesh_cli.reporting.values import one_line, shortened, shown_value
from testmesh_engine.reporters import wording

LONGEST = 120
_LONGEST_OF_SEVERAL = 60
"""Of one thing among others that a step did."""
_SWITCHED = 101
"""The status of a handshake that made a WebSocket."""

Members = Mapping[str, Any]
Summary = Callable[[Members, Members, int | None], str | None]
"""From a step's input, its result and the columns that there are; None where the input does not say it."""


def action_summary(action: str, given: Any, result: Any, room: int | None = None) -> str:
    """Say what an action did, as far as its input and result tell it, in at most so many columns as there is room."""
    config = given if isinstance(given, dict) else {}
    found = result if isinstance(result, dict) else {}
    summary = _SUMMARIES.get(action)
    words = None if summary is None else summary(config, found, room)
    if words is not None:
        return words
    words = shortened(one_line(action), LONGEST)
    return words if room is None else cut(words, room)


def _request(config: Members, found: Members, room: int | None) -> str | None:
    if "url" not in config:
        return None
    answer = f" → {one_line(str(found['status']))}" if "status" in found else ""
    method, address = one_line(str(config.get("method", ""))).upper(), str(config["url"])
    address = one_line(wording.without_user(address))
    if room is not None:
        address = _near(address, room - cells(f"{method} {answer}"))
    return shortened(f"{method} {address}", LONGEST) + answer


def _near(address: str, room: int) -> str:
    """Return an address, or what of it fits: without the host first, then without the middle of the rest."""
    if cells(address) <= room:
        return address
    path = address.partition("://")[2].partition("/")
    rest = f"…/{path[2]}" if path[1] else address
    if cells(rest) <= room:
        return rest
    kept = max(room - 1, 2)
    return f"{rest[: kept // 2]}…{rest[-(kept - kept // 2) :]}"


def _query(config: Members, found: Members, room: int | None) -> str | None:
    if "query" not in config:
        return None
    text, rows = one_line(str(config["query"])), _rows(found)
    if room is not None:
        text = cut(text, max(room - cells(rows), 1))
    return shortened(text, LONGEST) + rows


def _rows(found: Members) -> str:
    """Say how many rows a query found; of one that finds none, how many it changed."""
    is_read = bool(found.get("columns"))
    count = found.get("row_count" if is_read else "rows_affected")
    if count is None:
        return ""
    return f" → {one_line(str(count))} {'row' if count == 1 else 'rows'}{'' if is_read else ' changed'}"


def _browser(config: Members, _found: Members, room: int | None) -> str | None:
    deeds = config.get("actions") if "actions" in config else [config]
    if not isinstance(deeds, list) or not all(isinstance(deed, dict) and "action" in deed for deed in deeds):
        return None
    return _named("browser", ", ".join(map(_deed, deeds)), room)


def _deed(deed: Members) -> str:
    """Say one of a browser's actions: its word, and where it goes or which element it is about."""
    about = next((str(deed[key]) for key in _NAMES_AN_ELEMENT if deed.get(key) is not None), "")
    return shortened(f"{deed['action']} {wording.without_user(about)}".strip(), _LONGEST_OF_SEVERAL)


def _conversation(config: Members, found: Members, room: int | None) -> str | None:
    where = config.get("url") or found.get("url") or config.get("session")
    if where is None:
        return None
    handshake = found.get("handshake")
    status = handshake.get("status") if isinstance(handshake, dict) else None
    came = "" if status is None else f" → {status}" if status != _SWITCHED else _count(found.get("received"), "message")
    address = one_line(wording.without_user(str(where)))
    if room is not None:
        address = _near(address, room - cells(came))
    return shortened(address, LONGEST) + came


def _mock_start(_config: Members, found: Members, room: int | None) -> str | None:
    return _named("mock server", found.get("base_url"), room)


def _mock_stop(config: Members, _found: Members, room: int | None) -> str | None:
    return _named("mock_server_stop", config.get("server", ""), room)


def _requests(config: Members, found: Members, room: int | None) -> str | None:
    asked = " ".join(one_line(str(config[key])) for key in ("method", "path", "match") if config.get(key))
    came = _count(found.get("requests"), "request")
    if room is not None:
        asked = cut(asked, max(room - cells(came), 1))
    return shortened(asked or "requests", LONGEST) + came


def _count(things: Any, one: str) -> str:
    if not isinstance(things, list):
        return ""
    return f" → {len(things)} {one}{'' if len(things) == 1 else 's'}"


def _call(config: Members, found: Members, room: int | None) -> str | None:
    """Say which method was called, and how that ended."""
    if "service" not in config or "method" not in config:
        return None
    answer = f" → {one_line(str(found['status']))}" if "status" in found else ""
    method = one_line(f"{config['service']}/{config['method']}")
    if room is not None:
        method = cut(method, max(room - cells(answer), 1))
    return shortened(method, LONGEST) + answer


def _key(config: Members, found: Members, room: int | None) -> str | None:
    """Say which keys were asked, or which command was sent, and what came of it."""
    asked = config.get("key", config.get("command"))
    if asked is None:
        return None
    words = " ".join(map(str, asked)) if isinstance(asked, list) else str(asked)
    answer = next((f" → {say(found[name])}" for name, say in _OF_KEYS.items() if name in found), "")
    words = one_line(words)
    if room is not None:
        words = cut(words, max(room - cells(answer), 1))
    return shortened(words, LONGEST) + answer


_OF_KEYS: Mapping[str, Callable[[Any], str]] = {
    "written": lambda written: "written" if written else "not written",
    "deleted": lambda count: f"{one_line(str(count))} deleted",
    "count": lambda count: f"{one_line(str(count))} there",
    "value": lambda value: shortened(one_line(value if isinstance(value, str) else shown_value(value)), 40),
}
"""What a redis step says of its result, by the first of these fields that it has."""


def _log(config: Members, found: Members, room: int | None) -> str | None:
    return _named("log", found.get("message", config.get("message")), room)


def _delay(config: Members, _found: Members, room: int | None) -> str | None:
    return _named("delay", config.get("duration"), room)


def _set(config: Members, _found: Members, room: int | None) -> str | None:
    return _named("set", ", ".join(str(name) for name in config), room)


def _named(action: str, value: Any, room: int | None) -> str | None:
    """Say an action's name and what it was about."""
    if value is None:
        return None
    words = shortened(one_line(f"{action} {value if isinstance(value, str) else shown_value(value)}"), LONGEST)
    return words if room is None else cut(words, room)


_NAMES_AN_ELEMENT = ("url", "name", "label", "test_id", "placeholder", "selector", "role", "text", "title", "key")
_SUMMARIES: Mapping[str, Summary] = {
    "browser": _browser,
    "database_query": _query,
    "delay": _delay,
    "grpc": _call,
    "grpc_call": _call,
    "http": _request,
    "http_request": _request,
    "log": _log,
    "mock_server_start": _mock_start,
    "mock_server_stop": _mock_stop,
    "mock_server_verify": _requests,
    "redis.del": _key,
    "redis.exists": _key,
    "redis.get": _key,
    "redis.set": _key,
    "redis_command": _key,
    "set": _set,
    "sql": _query,
    "webhook_receive": _requests,
    "websocket": _conversation,
}
