"""Which actions there are, by the word that a flow's author writes."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any, NamedTuple

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
    "wait_for": _LATER,
    "db_poll": _LATER,
    "shell": _LATER,
    "transform": _LATER,
}
"""Actions of the language that are not built in yet; a plugin may bring one."""


class BuiltIn(NamedTuple):
    """An action that comes with the engine; its module is imported when it is first asked for, and by no other run."""

    name: str
    module: str
    called: str
    """The name of its class."""

    def load(self) -> AnyAction:
        found: AnyAction = getattr(import_module(f"{__package__}.{self.module}"), self.called)
        return found


class ActionTakenError(ValueError):
    """Two actions want the same name, or one wants a name of the language's own."""

    code = "action_taken"

    def __init__(self, name: str, action: AnyAction | BuiltIn, holder: str) -> None:
        super().__init__(f"{_called(action)} cannot be the action {name!r}: {holder} is")


class ActionRegistry:
    """The actions that flows can use; built-in ones and a plugin's come in by the same `add`."""

    def __init__(self, actions: Iterable[AnyAction | BuiltIn] = ()) -> None:
        self._actions: dict[str, Action[Any, Any] | BuiltIn] = {}
        for action in actions:
            self.add(action)

    def add(self, action: AnyAction | BuiltIn) -> None:
        """Make an action known under its name.

        Raises:
            ActionTakenError: the name, or a spelling that means another action, is taken.
        """
        if action.name in CONTROL_ACTIONS:
            raise ActionTakenError(action.name, action, "control flow of the language")
        holder = self._actions.get(ALIASES.get(action.name, action.name))
        if holder is not None:
            raise ActionTakenError(action.name, action, _called(holder))
        self._actions[action.name] = action if isinstance(action, BuiltIn) else action()

    def settle(self, action: Action[Any, Any]) -> None:
        """Take an action that was made with settings in place of its equal without."""
        assert self.find(action.name) is type(action), action
        self._actions[action.name] = action

    def find(self, name: str) -> AnyAction | None:
        return type(self.get(name)) if name in self._actions else None

    def get(self, name: str) -> Action[Any, Any]:
        found = self._actions[name]
        if isinstance(found, BuiltIn):
            found = self._actions[name] = found.load()()
        return found

    def names(self) -> list[str]:
        return sorted(self._actions)


def _called(action: AnyAction | Action[Any, Any] | BuiltIn) -> str:
    if isinstance(action, BuiltIn):
        return action.called
    return (action if isinstance(action, type) else type(action)).__qualname__
