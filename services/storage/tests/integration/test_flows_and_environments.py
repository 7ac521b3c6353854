"""Commands are applied once, with their facts; questions are answered from what they left."""

import asyncio
from hashlib import sha256

import pytest

from testmesh_chassis.errors import FaultError
from testmesh_chassis.inbox import Inbox
from testmesh_contracts import uuid7
from testmesh_contracts.executions import INLINE_BODY_BYTES
from testmesh_contracts.flows import (
    CreateEnvironment,
    CreateFlow,
    DeleteEnvironment,
    DeleteFlow,
    EgressRules,
    FlowDraft,
    UpdateEnvironment,
    UpdateFlow,
)
from testmesh_contracts.queries import (
    GetEnvironment,
    GetFlow,
    ListEnvironments,
    ListFlows,
    ListFlowVersions,
    ResolveExecution,
    ResolveItem,
)
from testmesh_storage.commands import Commands
from testmesh_storage.environments import EnvironmentQueries
from testmesh_storage.flows import FlowCommands, FlowQueries
from testmesh_storage.resolution import Resolver
from testmesh_storage.sources import Sources
from testmesh_storage.subscribers import command_answers

pytestmark = pytest.mark.integration


class Desk:
    """Gives commands and asks questions as the api does."""

    def __init__(self, house, project):
        self.project = project
        sources = Sources(house.settings.artifacts_dir)
        commands = Commands(house.database, Inbox("executions"), house.outbox, house.relay)
        self.commands = commands
        self._commands = command_answers(commands, FlowCommands(sources))
        self.flows = FlowQueries(house.database)
        self.environments = EnvironmentQueries(house.database)
        self.resolver = Resolver(house.database, sources)

    def command(self, kind, **facts):
        known = {"command_id": uuid7(), "project_id": self.project, "principal": "ada"}
        return kind.model_validate(known | facts)

    async def give(self, command):
        return await self._commands[type(command)](command)

    async def create(self, name="order is paid", **changes):
        return await self.give(self.command(CreateFlow, flow_id=uuid7(), draft=draft(name, **changes)))

    async def create_environment(self, name="staging", **variables):
        environment = self.command(CreateEnvironment, environment_id=uuid7(), name=name, variables=variables)
        return await self.give(environment)

    async def resolve(self, *items):
        return (await self.resolver.resolve(ResolveExecution(project_id=self.project, items=list(items)))).items


def draft(name, *, source=None, settings=None, **changes) -> FlowDraft:
    text = source or f"name: {name}\n"
    known = {
        "name": name,
        "source": text,
        "digest": sha256(text.encode()).hexdigest(),
        "definition": {"name": name, "inputs": {"user": {"type": "string"}}},
        "settings": settings or {},
    }
    return FlowDraft.model_validate(known | changes)


@pytest.fixture
def desk(house, project):
    return Desk(house, project)


def fault(code):
    return pytest.raises(FaultError, check=lambda error: error.code == code)


async def facts(house):
    return [record["type"] for record in await house.rows("SELECT type FROM executions.outbox ORDER BY id")]


async def test_a_created_flow_is_read_back_by_id_and_name_with_its_fact_said(desk, house):
    created = await desk.create(tags=["smoke"], suite="orders")
    by_id = await desk.flows.get(GetFlow(project_id=desk.project, flow_id=created["id"]))
    by_name = await desk.flows.get(GetFlow(project_id=desk.project, name="order is paid"))

    assert by_id == by_name
    assert by_id.model_dump(mode="json") == created
    assert (by_id.version, by_id.tags, by_id.source) == (1, ["smoke"], "name: order is paid\n")
    assert await facts(house) == ["flow.saved"]


async def test_a_command_given_twice_is_applied_once_and_answered_twice(desk, house):
    command = desk.command(CreateFlow, flow_id=uuid7(), draft=draft("order is paid"))
    first, second = await asyncio.gather(desk.give(command), desk.give(command))
    deletion = desk.command(DeleteFlow, flow_id=command.flow_id, expected_version=1)

    assert first == second
    assert await desk.give(deletion) == await desk.give(deletion)
    assert await facts(house) == ["flow.saved", "flow.deleted"]


async def test_a_name_is_taken_while_its_flow_lives_and_free_when_it_is_deleted(desk, house):
    created = await desk.create()
    with fault("flow_name_taken"):
        await desk.create()
    await desk.give(desk.command(DeleteFlow, flow_id=created["id"], expected_version=1))
    again = await desk.create()

    assert again["id"] != created["id"]
    assert await facts(house) == ["flow.saved", "flow.deleted", "flow.saved"]
    with fault("flow_not_found"):
        await desk.flows.get(GetFlow(project_id=desk.project, flow_id=created["id"]))


async def test_a_name_taken_by_two_at_once_goes_to_one(desk):
    outcomes = await asyncio.gather(desk.create(), desk.create(), return_exceptions=True)

    assert sorted(getattr(outcome, "code", "created") for outcome in outcomes) == ["created", "flow_name_taken"]


async def test_an_update_makes_a_version_and_the_older_stays_readable(desk):
    created = await desk.create()
    changed = draft("order is paid", source="name: order is paid\ntimeout: 1m\n", settings={"timeout_ms": 60_000})
    updated = await desk.give(desk.command(UpdateFlow, flow_id=created["id"], expected_version=1, draft=changed))
    first = await desk.flows.get(GetFlow(project_id=desk.project, flow_id=created["id"], version=1))
    history = await desk.flows.list_versions(ListFlowVersions(project_id=desk.project, flow_id=created["id"]))

    assert (updated["version"], first.version, first.source) == (2, 1, "name: order is paid\n")
    assert [version.version for version in history.items] == [2, 1]
    with fault("flow_not_found"):
        await desk.flows.get(GetFlow(project_id=desk.project, flow_id=created["id"], version=3))


@pytest.mark.parametrize("kind", [UpdateFlow, DeleteFlow])
async def test_a_change_of_a_version_that_is_no_longer_the_latest_is_refused(desk, kind):
    created = await desk.create()
    changes = {"draft": draft("order is paid")} if kind is UpdateFlow else {}
    with fault("version_stale"):
        await desk.give(desk.command(kind, flow_id=created["id"], expected_version=2, **changes))
    with fault("flow_not_found"):
        await desk.give(desk.command(kind, flow_id=uuid7(), expected_version=1, **changes))


async def test_a_flow_cannot_take_the_name_of_another(desk):
    await desk.create("first")
    second = await desk.create("second")
    with fault("flow_name_taken"):
        await desk.give(desk.command(UpdateFlow, flow_id=second["id"], expected_version=1, draft=draft("first")))

    assert (await desk.flows.get(GetFlow(project_id=desk.project, flow_id=second["id"]))).version == 1


async def test_lists_are_paged_newest_first_and_filtered_within_the_project(desk):
    for name, tag in (("one", "smoke"), ("two", "slow"), ("three", "smoke")):
        await desk.create(name, tags=[tag], suite="orders")
    first = await desk.flows.list(ListFlows(project_id=desk.project, limit=2))
    rest = await desk.flows.list(ListFlows(project_id=desk.project, limit=2, after=first.items[-1].id))
    smoke = await desk.flows.list(ListFlows(project_id=desk.project, tag="smoke", suite="orders"))
    other = await desk.flows.list(ListFlows(project_id=uuid7()))

    assert [flow.name for flow in (*first.items, *rest.items)] == ["three", "two", "one"]
    assert first.total_estimate == 3
    assert [flow.name for flow in smoke.items] == ["three", "one"]
    assert (other.items, other.total_estimate) == ([], 0)


async def test_a_flow_of_another_project_is_not_there(desk, house, project):
    created = await desk.create()
    stranger = Desk(house, uuid7())
    with fault("flow_not_found"):
        await stranger.flows.get(GetFlow(project_id=stranger.project, flow_id=created["id"]))
    with fault("flow_not_found"):
        await stranger.give(stranger.command(DeleteFlow, flow_id=created["id"], expected_version=1))


async def test_an_environment_is_created_changed_listed_and_removed(desk):
    created = await desk.create_environment(base_url="http://shop")
    facts = {"environment_id": created["id"], "expected_version": 1}
    change = desk.command(UpdateEnvironment, name="staging", variables={"base_url": "http://new"}, **facts)
    updated = await desk.give(change)
    with fault("version_stale"):
        await desk.give(desk.command(UpdateEnvironment, name="staging", **facts))
    with fault("environment_name_taken"):
        await desk.create_environment()
    found = await desk.environments.get(GetEnvironment(project_id=desk.project, environment_id=created["id"]))
    listed = await desk.environments.list(ListEnvironments(project_id=desk.project, name="staging"))

    assert (found.variables, found.version, updated["version"]) == ({"base_url": "http://new"}, 2, 2)
    assert (listed.items, listed.total_estimate) == ([found], 1)
    await desk.give(desk.command(DeleteEnvironment, environment_id=created["id"], expected_version=2))
    with fault("environment_not_found"):
        await desk.environments.get(GetEnvironment(project_id=desk.project, environment_id=created["id"]))
    with fault("environment_not_found"):
        await desk.give(desk.command(DeleteEnvironment, environment_id=created["id"], expected_version=2))


async def test_a_flow_resolves_to_its_latest_version_with_its_environment(desk):
    await desk.create_environment("staging", base_url="http://staging")
    await desk.create_environment("production", base_url="http://production")
    created = await desk.create(settings={"environment": "staging", "priority": "high"})
    own, named, inline = await desk.resolve(
        ResolveItem(flow_id=created["id"]),
        ResolveItem(flow_id=created["id"], environment="production"),
        ResolveItem(environment="production"),
    )

    assert (own.environment, own.variables) == ("staging", {"base_url": "http://staging"})
    assert (own.flow.body.source, own.flow.version) == ("name: order is paid\n", 1)
    assert (own.flow.settings.priority, own.flow.inputs) == ("high", {"user": {"type": "string"}})
    assert named.variables == inline.variables == {"base_url": "http://production"}
    assert inline.flow is None


async def test_where_an_environment_may_connect_to_is_kept_and_given_to_what_starts_in_it(desk):
    rules = EgressRules(allow=["10.0.0.0/8:5432"], loopback=True)
    command = desk.command(CreateEnvironment, environment_id=uuid7(), name="staging", egress=rules)
    created = await desk.give(command)
    await desk.create_environment("production")
    found = await desk.environments.get(GetEnvironment(project_id=desk.project, environment_id=created["id"]))
    staging, production = await desk.resolve(ResolveItem(environment="staging"), ResolveItem(environment="production"))

    assert found.egress == staging.egress == rules
    assert production.egress is None
    facts = {"environment_id": created["id"], "expected_version": 1}
    await desk.give(desk.command(UpdateEnvironment, name="staging", **facts))
    (staging,) = await desk.resolve(ResolveItem(environment="staging"))
    assert staging.egress is None


async def test_the_caller_of_a_flow_with_rows_is_asked_for_no_input_that_a_row_may_give(desk):
    inputs = {"age": {"type": "integer", "required": True}}
    created = await desk.create(definition={"name": "order is paid", "inputs": inputs, "data": [{"age": 7}]})
    (found,) = await desk.resolve(ResolveItem(flow_id=created["id"]))

    assert found.flow.inputs == {"age": {"type": "integer", "required": False}}


async def test_an_item_that_cannot_start_says_why_and_leaves_its_neighbours(desk):
    created = await desk.create()
    items = await desk.resolve(
        ResolveItem(flow_id=uuid7()), ResolveItem(flow_id=created["id"], environment="moon"), ResolveItem()
    )

    assert [item.error_code for item in items] == ["flow_not_found", "environment_not_found", None]
    assert "moon" in items[1].error_message


async def test_a_large_source_travels_by_digest_and_lies_in_the_artifact_store(desk, house):
    source = "# " + "x" * INLINE_BODY_BYTES
    created = await desk.create(source=source)
    (item,) = await desk.resolve(ResolveItem(flow_id=created["id"]))
    kept = house.settings.artifacts_dir / "flows" / item.flow.body.digest

    assert item.flow.body.source is None
    assert kept.read_text() == source
    assert [place.name for place in kept.parent.iterdir()] == [item.flow.body.digest]


async def test_a_thousand_items_of_one_flow_fit_in_an_answer(desk, house):
    source = "# " + "x" * (INLINE_BODY_BYTES - 2)
    created = await desk.create(source=source)
    items = await desk.resolve(*[ResolveItem(flow_id=created["id"])] * 1000)
    inline = [item for item in items if item.flow.body.source is not None]

    assert 0 < len(inline) < 200
    assert (house.settings.artifacts_dir / "flows" / items[-1].flow.body.digest).read_text() == source


async def test_answers_are_forgotten_when_no_key_is_that_old(desk, house):
    await desk.create("old")
    await house.rows("UPDATE executions.inbox SET created_at = now() - interval '49 hours'")
    await desk.create("young")
    await desk.commands.forget_old_answers()

    assert [record["name"] for record in await house.rows("SELECT answer->>'name' AS name FROM executions.inbox")] == [
        "young"
    ]
