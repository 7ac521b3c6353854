"""What storage refuses. Each travels to the asker, who decides what its code means over HTTP.

FaultError
├── FlowNotFoundError          flow_not_found
├── FlowNameTakenError         flow_name_taken
├── EnvironmentNotFoundError   environment_not_found
├── EnvironmentNameTakenError  environment_name_taken
├── ExecutionNotFoundError     execution_not_found
└── VersionStaleError          version_stale
"""

from uuid import UUID

from testmesh_chassis.errors import FaultError


class FlowNotFoundError(FaultError):
    """The project has no such flow, or not in that version."""

    def __init__(self, flow: UUID | str, version: int | None = None) -> None:
        which = f"flow {flow}" if version is None else f"version {version} of flow {flow}"
        super().__init__(
            "flow_not_found",
            f"{which} is not in this project; list the project's flows to see which are",
            flow=str(flow),
            version=version,
        )


class FlowNameTakenError(FaultError):
    """Another flow of the project has the name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "flow_name_taken",
            f"the project has a flow named {name!r} already; update that one, or choose another name",
            name=name,
        )


class EnvironmentNotFoundError(FaultError):
    """The project has no such environment."""

    def __init__(self, environment: UUID | str) -> None:
        super().__init__(
            "environment_not_found",
            f"environment {str(environment)!r} is not in this project; create it, or name another",
            environment=str(environment),
        )


class EnvironmentNameTakenError(FaultError):
    """Another environment of the project has the name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "environment_name_taken",
            f"the project has an environment named {name!r} already; update that one, or choose another name",
            name=name,
        )


class ExecutionNotFoundError(FaultError):
    """The project has no such execution, or storage has not heard of it yet."""

    def __init__(self, execution_id: UUID) -> None:
        super().__init__(
            "execution_not_found",
            f"execution {execution_id} is not known in this project",
            execution_id=str(execution_id),
        )


class VersionStaleError(FaultError):
    """Someone else changed it since the asker read it."""

    def __init__(self, what: str, expected: int, found: int) -> None:
        super().__init__(
            "version_stale",
            f"{what} is at version {found}, not {expected}; read it again and make your change on that",
            expected_version=expected,
            version=found,
        )
