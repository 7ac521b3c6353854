"""What the gateway refuses, and the one table that gives each code its HTTP status.

ApiError
├── BodyUnreadableError        400  not JSON, not UTF-8
├── BodyTooLargeError          413  more bytes than the route takes
├── BodiesBusyError            503  other large bodies are being read
├── MessageTooLargeError       413  small enough to be read, too large to be passed on
├── BatchTooLargeError         413  executions that together are too large to be passed on
├── MediaTypeError             415  a content type that the route does not take
├── RequestInvalidError        422  fields that are missing, unknown or of a wrong type
├── FlowSourceError            422  a source that is no flow
├── FlowIncompleteError        422  a flow without something that it names
├── FilesTooLargeError         413  files of a flow that together are too large
├── ItemsRefusedError          of its first fault: executions that cannot be accepted
├── PreconditionMissingError   428  PUT or DELETE without If-Match
├── VersionStaleError          412  If-Match names another version
├── KeyInvalidError            400  an Idempotency-Key that is none
├── KeyReusedError             422  another body under the same Idempotency-Key
├── CursorInvalidError         400  a cursor that this server did not give
├── LiveCursorInvalidError     400  likewise a place in the live feed
├── LiveFeedAwayError          503  the stream server is not reached
├── OriginForeignError         403  a WebSocket for a page of another server
├── ExecutionNotFoundError     404
├── ArtifactMissingError       410  the index has the file, the store has it no more
├── ArtifactsAwayError         503  the store does not answer
├── ExecutionTakenError        409  an upload under an id that something else has
└── ExecutionFinishedError     409  nothing is left to cancel
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from testmesh_engine.language import Diagnostic

STATUS: Mapping[str, tuple[int, str]] = {
    "answer_too_large": (422, "The answer is too large"),
    "artifact_missing": (410, "The file is there no more"),
    "artifact_not_found": (404, "There is no such file"),
    "batch_too_large": (413, "The executions are too large together"),
    "body_too_large": (413, "The body is too large"),
    "body_unreadable": (400, "The body cannot be read"),
    "called_flow_not_found": (422, "There is no such flow to call"),
    "cursor_invalid": (400, "The cursor is not valid"),
    "environment_name_taken": (409, "An environment of that name exists"),
    "environment_not_found": (404, "There is no such environment"),
    "execution_finished": (409, "The execution is finished"),
    "execution_not_found": (404, "There is no such execution"),
    "execution_taken": (409, "Another execution has this id"),
    "files_too_large": (413, "The files of the flow are too large"),
    "flow_incomplete": (422, "The flow names what is not there"),
    "flow_invalid": (422, "The flow is not valid"),
    "flow_name_taken": (409, "A flow of that name exists"),
    "flow_not_found": (404, "There is no such flow"),
    "flows_call_one_another": (422, "Flows call one another"),
    "idempotency_key_invalid": (400, "The Idempotency-Key is not valid"),
    "idempotency_key_reused": (422, "The Idempotency-Key was used for another body"),
    "inputs_invalid": (422, "The inputs do not fit the flow"),
    "internal_error": (500, "Something went wrong here"),
    "media_type_unsupported": (415, "The content type is not supported"),
    "message_too_large": (413, "The request is too large to be passed on"),
    "method_not_allowed": (405, "The method is not allowed here"),
    "no_answer": (503, "No answer in time"),
    "origin_foreign": (403, "Pages of that origin may not do this"),
    "precondition_missing": (428, "If-Match is missing"),
    "range_unsatisfiable": (416, "The range is outside of the file"),
    "request_invalid": (422, "The request is not valid"),
    "request_refused": (400, "The request was refused"),
    "route_not_found": (404, "There is nothing at this address"),
    "schedule_invalid": (422, "The schedule is not valid"),
    "schedule_name_taken": (409, "A schedule of that name exists"),
    "schedule_not_found": (404, "There is no such schedule"),
    "too_many_calls": (422, "Too many flows are called"),
    "too_many_requests": (429, "Too many requests"),
    "unavailable": (503, "Not available for the moment"),
    "version_stale": (412, "The version is not the current one"),
}
"""Status and title of every code that a client may meet."""
MOST_FAULTS = 100
"""Faults that one answer tells of."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where: a JSON Pointer, and a line where there is a text."""

    pointer: str
    detail: str
    code: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None


class ApiError(Exception):
    """A request that is refused; `code` is stable, the text says what to do."""

    code = "request_refused"

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class BodyUnreadableError(ApiError):
    """The bytes of a body are not what its content type says."""

    code = "body_unreadable"

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(
            f"the body cannot be read: {reason}; send JSON in UTF-8",
            [Fault("", reason, self.code, line, column)],
        )


class BodyTooLargeError(ApiError):
    """A body has more bytes than its route takes."""

    code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is over the {limit} bytes that this route takes; send less, or in several requests")
        self.limit = limit


class BodiesBusyError(ApiError):
    """Other large bodies are being read, and this one waited long enough."""

    code = "unavailable"

    def __init__(self, waited_s: float) -> None:
        super().__init__(f"other large bodies were being read for {waited_s:g} s; nothing was done. Try again")


class MessageTooLargeError(ApiError):
    """What was asked for does not fit in one entry of a stream."""

    code = "message_too_large"

    def __init__(self, reason: str, pointer: str = "") -> None:
        super().__init__(f"{reason}; make its variables, inputs or text smaller", [Fault(pointer, reason, self.code)])


class BatchTooLargeError(ApiError):
    """Executions of one request that together are too large to be accepted in one transaction."""

    code = "batch_too_large"

    def __init__(self, most: int, fitting: int, asked: int) -> None:
        super().__init__(
            f"nothing was accepted: with their flows, called flows and variables, {asked} executions are over {most} "
            f"bytes; the first {fitting} fit. Send them in several requests"
        )


class MediaTypeError(ApiError):
    """A content type that a route does not take."""

    code = "media_type_unsupported"

    def __init__(self, found: str, taken: Sequence[str]) -> None:
        super().__init__(f"the content type {found[:100]!r} is not taken here; send {' or '.join(taken)}")


class RequestInvalidError(ApiError):
    """Fields of a request are missing, unknown or of a wrong type."""

    code = "request_invalid"

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"the request is not valid: {first.pointer or '/'}: {first.detail}{more}", faults)


class FlowSourceError(ApiError):
    """A source that is no flow, with every fault at its line."""

    code = "flow_invalid"

    def __init__(self, diagnostics: Sequence[Diagnostic], pointer: Callable[[str], str] = str) -> None:
        found = faults_of(diagnostics, pointer)
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        first = found[0]
        super().__init__(f"the flow is not valid: line {first.line}: {first.detail}{more}", found)


class FlowIncompleteError(ApiError):
    """A flow names files or flows that did not come along, or that cannot be used, each at its place."""

    code = "flow_incomplete"

    def __init__(self, faults: Sequence[Fault]) -> None:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        line = f"line {faults[0].line}: " if faults[0].line else ""
        super().__init__(f"the flow is not complete: {line}{faults[0].detail}{more}", faults)


class FilesTooLargeError(ApiError):
    """The files that came along with a flow are too large."""

    code = "files_too_large"

    def __init__(self, size: int, most: int, pointer: str) -> None:
        reason = f"the files of the flow have {size} bytes, a flow may have {most}"
        super().__init__(f"{reason}; send fewer rows, or split the flow", [Fault(pointer, reason, self.code)])


class ItemsRefusedError(ApiError):
    """Executions that cannot be accepted; nothing of the request was."""

    def __init__(self, faults: Sequence[Fault], code: str = "request_invalid") -> None:
        first = faults[0].code
        self.code = first if first is not None and first in STATUS else code
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"nothing was accepted: {faults[0].pointer or '/'}: {faults[0].detail}{more}", faults)


class PreconditionMissingError(ApiError):
    """A change that does not say which version it changes."""

    code = "precondition_missing"

    def __init__(self) -> None:
        super().__init__("send If-Match with the ETag of the version that you change, as GET gives it")


class VersionStaleError(ApiError):
    """A change of a version that is not the current one."""

    code = "version_stale"

    def __init__(self, given: str) -> None:
        super().__init__(f"If-Match {given[:100]} is not the current version; read it again, then change it")


class KeyInvalidError(ApiError):
    """An Idempotency-Key that is none."""

    code = "idempotency_key_invalid"

    def __init__(self) -> None:
        super().__init__("an Idempotency-Key is 1 to 255 visible ASCII characters, such as a UUID")


class KeyReusedError(ApiError):
    """Another body was sent under the same Idempotency-Key."""

    code = "idempotency_key_reused"

    def __init__(self, key: str) -> None:
        super().__init__(f"the Idempotency-Key {key!r} was used for another body in the last 24 hours; take a new key")


class LiveCursorInvalidError(ApiError):
    """A place in the live feed that no server of ours gave."""

    code = "cursor_invalid"

    def __init__(self, reason: str) -> None:
        super().__init__(f"`after` or Last-Event-ID: {reason}; give the id of an event, or leave it out")


class LiveFeedAwayError(ApiError):
    """The stream server has not been reached since this process began."""

    code = "unavailable"

    def __init__(self, waited_s: float) -> None:
        super().__init__(
            f"nothing was heard from the stream server within {waited_s:g} s; /health/ready says what is away. "
            "Try again"
        )


class OriginForeignError(ApiError):
    """A page of another server wants to listen here."""

    code = "origin_foreign"

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"pages of {origin[:200]!r} may not listen here; an operator can allow it by TESTMESH_API_ALLOWED_ORIGINS"
        )


class CursorInvalidError(ApiError):
    """A cursor that this server did not give for this list."""

    code = "cursor_invalid"

    def __init__(self) -> None:
        super().__init__("the cursor is not one of this list; take next_cursor of the page before, or none to begin")


class ExecutionNotFoundError(ApiError):
    """An execution that nobody accepted."""

    code = "execution_not_found"

    def __init__(self, execution_id: UUID) -> None:
        super().__init__(f"there is no execution {execution_id}")


class ArtifactMissingError(ApiError):
    """A file that a step left is not in the store any more, or not as it was."""

    code = "artifact_missing"

    def __init__(self, artifact_id: UUID, name: str, reason: str) -> None:
        super().__init__(
            f"the file {name!r} ({artifact_id}) cannot be given: {reason}; what the step recorded of it is still there"
        )


class ArtifactsAwayError(ApiError):
    """The store of artifacts did not give what it has."""

    code = "unavailable"

    def __init__(self, artifact_id: UUID, reason: str) -> None:
        super().__init__(f"the store of artifacts did not give {artifact_id}: {reason}. Try again")


class ExecutionTakenError(ApiError):
    """A result is uploaded under an id that an execution of this server, or another upload, has."""

    code = "execution_taken"

    def __init__(self, execution_id: UUID) -> None:
        super().__init__(
            f"the id {execution_id} is taken by an execution that was started here, or by an upload with other "
            "content: that one stays as it is. A result is uploaded under the id of its own run"
        )


class ExecutionFinishedError(ApiError):
    """An execution that has ended: nothing is left to cancel."""

    code = "execution_finished"

    def __init__(self, execution_id: UUID, status: str) -> None:
        super().__init__(f"the execution {execution_id} is finished ({status}), nothing is left to cancel")


def faults_of(diagnostics: Sequence[Diagnostic], pointer: Callable[[str], str] = str) -> list[Fault]:
    """Show the diagnostics of a flow as faults of the request; `pointer` says where in the body a place of it is."""
    return [
        Fault(pointer(found.pointer), found.message, found.code, found.line, found.column, found.hint or None)
        for found in diagnostics
    ]
