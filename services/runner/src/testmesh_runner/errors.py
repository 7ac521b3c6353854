"""What can go wrong in a runner; each ends the execution that it speaks of.

RunnerError
├── FlowBodyMissingError   the flow's source, or a file of it, is neither in the request nor in the store
└── FlowBodyChangedError   what the store keeps under a digest has another digest
"""

from pathlib import Path


class RunnerError(Exception):
    """Root of the errors of the runner."""

    code = "runner_error"


class FlowBodyMissingError(RunnerError):
    """The flow's source, or a file of it, cannot be read."""

    code = "flow_body_missing"

    def __init__(self, digest: str, folder: Path, reason: str) -> None:
        super().__init__(
            f"the body {digest} was not in the request and could not be read from {folder}: {reason};"
            " check that runner, api and storage share one artifact store, then run it again"
        )
        self.digest = digest


class FlowBodyChangedError(RunnerError):
    """The store's copy of a flow or file is not what was asked for."""

    code = "flow_body_changed"

    def __init__(self, digest: str, found: str) -> None:
        super().__init__(
            f"the body kept as {digest} has the digest {found}: it was changed or cut; save the flow again"
        )
        self.digest = digest
