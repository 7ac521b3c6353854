"""Flows and environments: commands that change them, facts about them, how they are seen."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Literal
from uuid import UUID

from pydantic import Field

from testmesh_contracts.message import (
    JsonObject,
    Message,
    OnRunnerLost,
    Payload,
    Positive,
    Priority,
    Timestamp,
)

MOST_FILE_BYTES = 16 * 1024 * 1024
"""Of the files of one flow together."""


class FileBody(Payload):
    """A file that a flow names; its content is in the artifact store under its digest, and nowhere else."""

    digest: str
    """SHA-256 of the content, in hexadecimal."""
    size_bytes: int = Field(ge=0)


def version_digest(source_digest: str, files: Mapping[str, str], calls: Mapping[str, str]) -> str:
    """Return the digest of a flow's version.

    Args:
        source_digest: SHA-256 of the source; the version's digest itself where it stands alone.
        files: Digest of each file, by the path that the source names it by.
        calls: What each flow that the source calls is called in the project, by how the source calls it.
    """
    if not files and not calls:
        return source_digest
    told = json.dumps([source_digest, dict(files), dict(calls)], sort_keys=True, ensure_ascii=True)
    return sha256(told.encode()).hexdigest()


class FlowSettings(Payload):
    """What a flow says of its own executions, taken out of its source when it is saved."""

    timeout_ms: Positive = 600_000
    queue_timeout_ms: Positive = 3_600_000
    environment: str | None = None
    priority: Priority = "normal"
    on_runner_lost: OnRunnerLost = "rerun"
    max_runs: Positive = 2


class FlowDraft(Payload):
    """A flow as its author gives it, already validated."""

    name: str = Field(min_length=1, max_length=255)
    description: str | None = None
    suite: str | None = None
    tags: list[str] = []
    source: str
    digest: str
    """Of the version: of its source, its files and what it calls, see `version_digest`."""
    definition: JsonObject
    settings: FlowSettings = FlowSettings()
    files: dict[str, FileBody] = {}
    """The files that the source names, by the path that it names them by; they are in the store already."""
    calls: dict[str, str] = {}
    """Name or id, in the project, of each flow that the source calls, by how the source calls it."""


class FlowSummary(Payload):
    """A flow as a list shows it."""

    id: UUID
    project_id: UUID
    name: str
    description: str | None = None
    suite: str | None = None
    tags: list[str] = []
    environment: str | None = None
    version: int
    digest: str
    created_at: Timestamp
    updated_at: Timestamp
    created_by: str | None = None


class FlowView(FlowSummary):
    """A flow in one of its versions, with its source."""

    source: str
    definition: JsonObject
    files: dict[str, FileBody] = {}
    calls: dict[str, str] = {}
    """As in a FlowDraft."""


class FlowVersionView(Payload):
    """One version in a flow's history."""

    version: int
    digest: str
    created_at: Timestamp
    created_by: str | None = None


class EgressRules(Payload):
    """Where executions of an environment may connect to, over what the runner's operator says; None: as he says."""

    allow: list[str] = []
    """Addresses, networks, hosts and *.suffixes, each perhaps with :port."""
    loopback: bool | None = None
    private: bool | None = None
    public: bool | None = None


class EnvironmentView(Payload):
    """Named variables that executions are started with."""

    id: UUID
    project_id: UUID
    name: str
    description: str | None = None
    variables: JsonObject = {}
    egress: EgressRules | None = None
    version: int
    created_at: Timestamp
    updated_at: Timestamp


class Command(Message):
    """Asks the owner of some rows to change them; applied once by its id, however often it is sent."""

    command_id: UUID
    project_id: UUID
    principal: str


class CreateFlow(Command):
    """Keep a new flow. Answer: FlowView. Errors: `flow_name_taken`."""

    type: Literal["flow.create"] = "flow.create"
    flow_id: UUID
    draft: FlowDraft


class UpdateFlow(Command):
    """Make a new version of a flow. Answer: FlowView.

    Errors: `flow_not_found`, `flow_name_taken`, `version_stale`.
    """

    type: Literal["flow.update"] = "flow.update"
    flow_id: UUID
    expected_version: int
    draft: FlowDraft


class DeleteFlow(Command):
    """Take a flow out of use, keep its executions. Answer: none.

    Errors: `flow_not_found`, `version_stale`.
    """

    type: Literal["flow.delete"] = "flow.delete"
    flow_id: UUID
    expected_version: int


class CreateEnvironment(Command):
    """Keep a new environment. Answer: EnvironmentView. Errors: `environment_name_taken`."""

    type: Literal["environment.create"] = "environment.create"
    environment_id: UUID
    name: str = Field(min_length=1, max_length=255)
    description: str | None = None
    variables: JsonObject = {}
    egress: EgressRules | None = None


class UpdateEnvironment(Command):
    """Change an environment. Answer: EnvironmentView.

    Errors: `environment_not_found`, `environment_name_taken`, `version_stale`.
    """

    type: Literal["environment.update"] = "environment.update"
    environment_id: UUID
    expected_version: int
    name: str = Field(min_length=1, max_length=255)
    description: str | None = None
    variables: JsonObject = {}
    egress: EgressRules | None = None


class DeleteEnvironment(Command):
    """Remove an environment. Answer: none. Errors: `environment_not_found`, `version_stale`."""

    type: Literal["environment.delete"] = "environment.delete"
    environment_id: UUID
    expected_version: int


class FlowSaved(Message):
    """A flow has a new version."""

    type: Literal["flow.saved"] = "flow.saved"
    event_id: UUID
    project_id: UUID
    flow_id: UUID
    name: str
    version: int
    digest: str
    saved_by: str
    at: Timestamp


class FlowDeleted(Message):
    """A flow is no longer in use."""

    type: Literal["flow.deleted"] = "flow.deleted"
    event_id: UUID
    project_id: UUID
    flow_id: UUID
    name: str
    deleted_by: str
    at: Timestamp
