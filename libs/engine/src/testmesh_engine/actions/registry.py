"""Which actions there are, by the word that a flow's author writes."""

from collections.abc import Iterable
from typing import Any

from testmesh_sdk import Action

AnyAction = type[Action[Any, Any]]

ALIASES = {
    "http": "http_request",
    "sql": "database_query",
    "kafka_publish": "kafka_producer",
    "kafka_consume": "kafka_consumer",
    "grpc": "grpc_call",
}
"""Names that mean the same, accepted with a note."""

CONTROL_ACTIONS = ("condition", "for_each", "group", "parallel", "repeat_until", "run_flow")
"""Names of control flow, which the language itself carries out."""

_LATER = "the language knows it, this release cannot carry it out"
COMING = {
    "kafka_producer": _LATER,
    "kafka_consumer": _LATER,
    "grpc_call": _LATER,
    "redis.get": _LATER,
    "redis.set": _LATER,
    "redis.del": _LATER,
    "redis.exists": _LATER,
    "redis_command": _LATER,
    "wait_for": _LATER,
    "db_poll": _LATER,
    "shell": _LATER,
    "transform": _LATER,
}
"""Actions of the language that are not built in yet; a plugin may bring one."""


class ActionTakenError(ValueError):
    """Two actions want the same name, or one wants a name of the language's own."""

    code = "action_taken"

    def __init__(self, name: str, action: AnyAction, holder: str) -> None:
        super().__init__(f"{action.__qualname__} cannot be the action {name!r}: {holder} is")


class ActionRegistry:
    """The actions that flows can use; built-in ones and a plugin's come in by the same `add`."""

    def __init__(self, actions: Iterable[AnyAction] = ()) -> None:
        self._actions: dict[str, Action[Any, Any]] = {}
        for action in actions:
            self.add(action)

    def add(self, action: AnyAction) -> None:
        """Make an action known under its name.

        Raises:
            ActionTakenError: the name, or a spelling that means another action, is taken.
        """
        if action.name in CONTROL_ACTIONS:
            raise ActionTakenError(action.name, action, "control flow of the language")
        holder = self._actions.get(ALIASES.get(action.name, action.name))
        if holder is not None:
            raise ActionTakenError(action.name, action, type(holder).__qualname__)
        self._actions[action.name] = action()

    def settle(self, action: Action[Any, Any]) -> None:
        """Take an action that was made with settings in place of its equal without."""
        assert type(self._actions[action.name]) is type(action), action
        self._actions[action.name] = action

    def find(self, name: str) -> AnyAction | None:
        found = self._actions.get(name)
        return None if found is None else type(found)

    def get(self, name: str) -> Action[Any, Any]:
        return self._actions[name]

    def names(self) -> list[str]:
        return sorted(self._actions)
