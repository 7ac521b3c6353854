"""What storage refuses. Each travels to the asker, who decides what its code means over HTTP.

FaultError
├── FlowNotFoundError          flow_not_found
├── FlowNameTakenError         flow_name_taken
├── EnvironmentNotFoundError   environment_not_found
├── EnvironmentNameTakenError  environment_name_taken
├── ExecutionNotFoundError     execution_not_found
├── ArtifactNotFoundError      artifact_not_found
├── CallError
│   ├── CalledFlowNotFoundError    called_flow_not_found
│   ├── FlowsCallOneAnotherError   flows_call_one_another
│   └── TooManyCallsError          too_many_calls
├── AnswerTooLargeError        answer_too_large
├── UploadFileMissingError     upload_file_missing; nobody asks for it, it stands in the dead letters
└── VersionStaleError          version_stale
"""

from collections.abc import Sequence
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


class ArtifactNotFoundError(FaultError):
    """No execution of the project left such a file, or storage has not heard of it yet."""

    def __init__(self, artifact_id: UUID) -> None:
        super().__init__(
            "artifact_not_found",
            f"artifact {artifact_id} is not known in this project",
            artifact_id=str(artifact_id),
        )


class CallError(FaultError):
    """What a flow calls, straight or by way of others, cannot be executed; `call` is how the first flow calls it."""

    call: str = ""


class CalledFlowNotFoundError(CallError):
    """A flow that is called is not in the project."""

    def __init__(self, target: str, chain: Sequence[str]) -> None:
        way = f", which {' → '.join(chain)} runs," if chain else ""
        super().__init__(
            "called_flow_not_found",
            f'the flow "{target}"{way} is not in this project; push it, or name another',
            flow=target,
        )


class FlowsCallOneAnotherError(CallError):
    """A flow calls itself, straight or by way of others."""

    def __init__(self, chain: Sequence[str]) -> None:
        super().__init__(
            "flows_call_one_another",
            f"flows that call one another never end: {' → '.join(chain)}; take one of these calls out",
            chain=list(chain),
        )


class TooManyCallsError(CallError):
    """More flows are called than one execution may call."""

    def __init__(self, most: int) -> None:
        super().__init__(
            "too_many_calls",
            f"more than {most} flows are called in one execution; call fewer, or start several executions",
            most=most,
        )


class AnswerTooLargeError(FaultError):
    """More executions were asked for at once than one answer carries; the bus says the same of an answer's bytes."""

    def __init__(self, executions: int) -> None:
        super().__init__(
            "answer_too_large",
            f"{executions} executions together call more flows than one question looks at; ask for fewer at once",
            executions=executions,
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


class UploadFileMissingError(FaultError):
    """An uploaded result whose steps lie in a file that the artifact store has not, or does not give."""

    def __init__(self, execution: UUID, digest: str, reason: str) -> None:
        super().__init__(
            "upload_file_missing",
            f"the steps of upload {execution} cannot be read from the artifact store, uploads/{execution}.{digest}: "
            f"{reason}. Have the api and storage the same store? Run the flow again",
            execution=str(execution),
        )
