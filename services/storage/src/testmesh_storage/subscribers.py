"""What storage says and hears: its folds, its questions, its commands."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from testmesh_chassis.bus import Bus
from testmesh_contracts import Message
from testmesh_contracts.flows import (
    CreateEnvironment,
    CreateFlow,
    DeleteEnvironment,
    DeleteFlow,
    UpdateEnvironment,
    UpdateFlow,
)
from testmesh_contracts.queries import (
    GetArtifact,
    GetEnvironment,
    GetExecution,
    GetFlow,
    ListArtifacts,
    ListEnvironments,
    ListExecutions,
    ListFlows,
    ListFlowVersions,
    ListLogs,
    ListSteps,
    ResolveExecution,
)
from testmesh_contracts.topics import (
    CONTROL,
    EVENTS,
    FLOW_EVENTS,
    REPLIES,
    REQUESTS,
    RESULTS,
    STORAGE_COMMANDS,
    STORAGE_QUERIES,
    UPLOADS,
)
from testmesh_storage import environments
from testmesh_storage.artifacts import ArtifactQueries
from testmesh_storage.commands import Commands, Effect
from testmesh_storage.environments import EnvironmentQueries
from testmesh_storage.executions import ExecutionQueries
from testmesh_storage.flows import FlowCommands, FlowQueries
from testmesh_storage.resolution import Resolver

FOLDED = (*REQUESTS.values(), CONTROL, EVENTS, UPLOADS)
TRIMMED = (*FOLDED, RESULTS, FLOW_EVENTS, STORAGE_COMMANDS, STORAGE_QUERIES)

Answers = Mapping[type[Message], Callable[[Any], Awaitable[Any]]]


def declare(bus: Bus, queries: Answers, commands: Answers) -> None:
    """Declare everything that storage says and hears."""
    bus.says(RESULTS, FLOW_EVENTS, CONTROL, REPLIES)
    for topic in FOLDED:
        bus.hears(topic, "fold")
    bus.answer(STORAGE_QUERIES, _by_type(queries))
    bus.answer(STORAGE_COMMANDS, _by_type(commands))


def query_answers(
    flows: FlowQueries,
    environments: EnvironmentQueries,
    executions: ExecutionQueries,
    artifacts: ArtifactQueries,
    resolver: Resolver,
) -> Answers:
    """Return who answers which question."""
    return {
        GetFlow: flows.get,
        ListFlows: flows.list,
        ListFlowVersions: flows.list_versions,
        GetEnvironment: environments.get,
        ListEnvironments: environments.list,
        ResolveExecution: resolver.resolve,
        GetExecution: executions.get,
        ListExecutions: executions.list,
        ListSteps: executions.list_steps,
        ListLogs: executions.list_logs,
        ListArtifacts: artifacts.list,
        GetArtifact: artifacts.get,
    }


def command_answers(commands: Commands, flows: FlowCommands) -> Answers:
    """Return who carries out which command."""
    effects: dict[type[Message], Effect] = {
        CreateFlow: flows.create,
        UpdateFlow: flows.update,
        DeleteFlow: flows.delete,
        CreateEnvironment: environments.create_environment,
        UpdateEnvironment: environments.update_environment,
        DeleteEnvironment: environments.delete_environment,
    }

    def carry_out(effect: Effect) -> Callable[[Any], Awaitable[Any]]:
        return lambda command: commands.carry_out(command, effect)

    return {command: carry_out(effect) for command, effect in effects.items()}


def _by_type(answers: Answers) -> Callable[[Any], Awaitable[Any]]:
    async def answer(message: Any) -> Any:
        return await answers[type(message)](message)

    return answer
