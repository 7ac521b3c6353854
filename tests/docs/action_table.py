"""The table of all actions in docs/actions/table.md, made from their code.

`TESTMESH_PIN_WORDS=1 pytest tests/docs/test_action_table.py` writes it anew.
"""

from testmesh_engine.actions import BUILT_IN, AnyAction
from tests.docs.pages import DOCS

PAGE = DOCS / "actions" / "table.md"
PEERS = {
    "assert": "",
    "browser": "Debian's Chromium",
    "database_query": "PostgreSQL, MariaDB, SQLite",
    "delay": "",
    "fail": "",
    "grpc_call": "grpcio's server, with either reflection",
    "http_request": "aiohttp's server, hypercorn for HTTP/2",
    "log": "",
    "mock_server_start": "clients over raw sockets and aiohttp",
    "mock_server_stop": "clients over raw sockets and aiohttp",
    "mock_server_verify": "clients over raw sockets and aiohttp",
    "redis.del": "Valkey",
    "redis.exists": "Valkey",
    "redis.get": "Valkey",
    "redis.set": "Valkey",
    "redis_command": "Valkey",
    "set": "",
    "webhook_receive": "clients over raw sockets and aiohttp",
    "websocket": "the server of `websockets`",
}
"""What the tests of an action run against; nothing for those that speak to nobody."""
HEAD = """# All actions

Made from the code. **Bold** keys are required. *Again*: whether a step may be tried again where it is not known what
became of it (`retry` does that as often as the flow says, whatever stands here): *yes*, *no*, or it depends on what is
asked. *Traced*: whether the tested system is told the [trace](../traces.md). *Tested against*: the real peer of the
action's own tests.

| action | config | result | again | traced | tested against |
|---|---|---|---|---|---|
"""
_AGAIN = {True: "yes", False: "no", None: "depends"}


def table() -> str:
    return HEAD + "".join(
        f"{_row(action)}\n" for action in sorted((known.load() for known in BUILT_IN), key=lambda action: action.name)
    )


def _row(action: AnyAction) -> str:
    given = [f"**{name}**" if field.is_required() else name for name, field in _fields(action.config)]
    found = [name for name, _ in _fields(action.result)]
    cells = (
        f"[`{action.name}`]({action.name}.md)",
        ", ".join(given) or "any names" if action.sets_variables else ", ".join(given),
        ", ".join(found),
        _AGAIN[action.retry_safe],
        "yes" if action.traced else "",
        PEERS[action.name],
    )
    return "| " + " | ".join(cells) + " |"


def _fields(model):
    return [(field.alias or name, field) for name, field in model.model_fields.items()]
