"""What the egress layer refuses.

ActionError
├── EgressRefusedError   TM440, the policy allows no connection to this address
└── UnguardedLoopError   TM442, there is a policy, and nothing that would hold actions to it
"""

from testmesh_sdk import ActionError


class EgressRefusedError(ActionError):
    """A connection that the policy does not allow; nothing was sent."""

    def __init__(self, target: str, rule: str, remedy: str) -> None:
        super().__init__("TM440", f"connecting to {target} is refused: {rule}; {remedy}")
        self.target = target


class UnguardedLoopError(ActionError):
    """An event loop that connects without asking; no action runs in it under a policy."""

    def __init__(self, loop: str) -> None:
        super().__init__(
            "TM442",
            f"the execution has an egress policy, and the event loop {loop} connects without asking it: nothing was "
            "tried. This is a fault of whoever started the engine: run it in a loop that is an EgressGuard",
        )


def place(address: str, port: int, host: str | None = None) -> str:
    """Return how a message names where a connection was to go."""
    known = host is not None and host != address
    return f"{host} ({address}), port {port}" if known else f"{address}, port {port}"
