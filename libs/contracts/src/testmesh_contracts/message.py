"""What every message has in common: immutable, strict in what it says, lenient in what it hears."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

JsonObject = dict[str, Any]
Timestamp = AwareDatetime
TriggerType = Literal["manual", "scheduled", "api", "webhook", "ci"]
Priority = Literal["high", "normal", "low"]
Phase = Literal["setup", "steps", "teardown"]
StepStatus = Literal["passed", "failed", "skipped", "cancelled", "error"]
TerminalStatus = Literal["passed", "failed", "error", "cancelled"]
ExecutionStatus = Literal["pending", "running", "passed", "failed", "error", "cancelled"]
OnRunnerLost = Literal["rerun", "fail"]
LogLevel = Literal["debug", "info", "warning", "error"]
Positive = Annotated[int, Field(gt=0)]

TERMINAL: frozenset[str] = frozenset(("passed", "failed", "error", "cancelled"))


class Payload(BaseModel):
    """A part of a message. Readers ignore fields that they do not know, so that writers may add some."""

    # Each class is compiled when first used: of a hundred, a process uses few, and one takes a millisecond or more.
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings", defer_build=True)


class Message(Payload):
    """What one topic entry says; `type` is its name on the wire."""

    type: str


def message_type(model: type[Message]) -> str:
    """Return the wire name of a message class, such as `execution.finished`."""
    name: str = model.model_fields["type"].default
    return name


__all__ = [
    "TERMINAL",
    "ExecutionStatus",
    "JsonObject",
    "LogLevel",
    "Message",
    "OnRunnerLost",
    "Payload",
    "Phase",
    "Positive",
    "Priority",
    "StepStatus",
    "TerminalStatus",
    "Timestamp",
    "TriggerType",
    "message_type",
]
