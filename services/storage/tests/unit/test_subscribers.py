"""What storage declares is what the map says of it, and each message there has somebody who answers."""

import pytest

from testmesh_chassis.bus import Bus
from testmesh_contracts.topics import STORAGE_COMMANDS, STORAGE_QUERIES, TOPICS
from testmesh_storage.artifacts import ArtifactQueries
from testmesh_storage.commands import Commands
from testmesh_storage.config import StorageSettings
from testmesh_storage.environments import EnvironmentQueries
from testmesh_storage.executions import ExecutionQueries
from testmesh_storage.flows import FlowCommands, FlowQueries
from testmesh_storage.resolution import Resolver
from testmesh_storage.subscribers import TRIMMED, command_answers, declare, query_answers


@pytest.fixture
def answers():
    queries = query_answers(
        FlowQueries(None), EnvironmentQueries(None), ExecutionQueries(None), ArtifactQueries(None), Resolver(None, None)
    )
    return queries, command_answers(Commands(None, None, None, None), FlowCommands(None))


def test_storage_declares_what_the_map_says_of_it(answers):
    bus = Bus("redis://127.0.0.1:1/0", "storage", "nobody")
    declare(bus, *answers)

    assert bus.declared.heard == {
        (topic.name, way) for topic in TOPICS for service, way in topic.heard_by if service == "storage"
    }
    assert bus.declared.said == {topic.name for topic in TOPICS if "storage" in topic.said_by}


def test_every_question_and_command_has_somebody_who_answers_it(answers):
    queries, commands = answers

    assert set(queries) == set(STORAGE_QUERIES.messages)
    assert set(commands) == set(STORAGE_COMMANDS.messages)


def test_storage_trims_what_it_folds_and_what_it_says_and_answers():
    assert len(TRIMMED) == len(set(TRIMMED)) == 10


@pytest.mark.parametrize(("said", "fence"), [("off", False), ("on", True), (None, True)])
def test_the_fence_is_on_unless_it_is_switched_off_by_name(monkeypatch, said, fence):
    if said is not None:
        monkeypatch.setenv("TESTMESH_STORAGE_FENCE", said)

    assert StorageSettings().fence is fence
