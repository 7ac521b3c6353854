"""Which commands a step may send: those with one reply, that leave the connection as it was."""

from testmesh_sdk import ActionError

_HEARS = "it has no one reply, but goes on; read a list with BLPOP, or a stream with XREAD BLOCK and a timeout"
_STATE = "it changes the connection, which steps share"
_REFUSED = {
    **dict.fromkeys(("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"), _HEARS),
    **dict.fromkeys(("MONITOR", "SYNC", "PSYNC", "REPLCONF"), _HEARS),
    **dict.fromkeys(("MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH"), f"{_STATE}; do several things at once with EVAL"),
    "SELECT": f"{_STATE}; set db, or the number at the end of the url",
    "AUTH": f"{_STATE}; set username and password",
    "HELLO": f"{_STATE}; set username and password",
    **dict.fromkeys(("QUIT", "RESET", "ASKING", "READONLY", "READWRITE"), _STATE),
}
_REFUSED_OF_CLIENT = {
    "REPLY": f"{_STATE}: no reply would come",
    "TRACKING": _HEARS,
    "CACHING": _STATE,
}
UNCLEAN = ("CLIENT", "SCRIPT", "DEBUG", "SHUTDOWN", "FAILOVER")
"""Behind these a connection is not lent again: it may be another one than before."""


def refuse_what_stays(words: list[str]) -> None:
    """Return if a step may send this.

    Raises:
        ActionError: it may not; the message says what to do instead.
    """
    first = words[0].upper()
    why = _REFUSED.get(first)
    if first == "CLIENT" and len(words) > 1:
        why = _REFUSED_OF_CLIENT.get(words[1].upper())
    if why is not None:
        raise ActionError("TM577", f"{first} is no command for a step: {why}")
