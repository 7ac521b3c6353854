"""What a flow calls is pinned with it: every flow in its latest version, once; cycles and strangers are refused."""

from hashlib import sha256

import pytest

from testmesh_chassis.inbox import Inbox
from testmesh_contracts import uuid7
from testmesh_contracts.executions import INLINE_BODY_BYTES, INLINE_CALLED_BYTES, MOST_CALLED
from testmesh_contracts.flows import CreateFlow, DeleteFlow, FlowDraft, UpdateFlow, version_digest
from testmesh_contracts.queries import GetFlow, ResolveExecution, ResolveItem
from testmesh_storage.commands import Commands
from testmesh_storage.flows import FlowCommands, FlowQueries
from testmesh_storage.resolution import Resolver
from testmesh_storage.sources import Sources
from testmesh_storage.subscribers import command_answers

pytestmark = pytest.mark.integration


class Library:
    """Flows that call one another, saved and resolved as the api does."""

    def __init__(self, house, project):
        sources = Sources(house.settings.artifacts_dir)
        commands = Commands(house.database, Inbox("executions"), house.outbox, house.relay)
        self._give = command_answers(commands, FlowCommands(sources))
        self._resolver = Resolver(house.database, sources)
        self.project = project
        self.queries = FlowQueries(house.database)
        self.ids = {}

    async def save(self, name, *called, source=None, files=None, **calls):
        text = source or f"name: {name}\n"
        meant = {call: call for call in called} | calls
        files = files or {}
        digest = version_digest(
            sha256(text.encode()).hexdigest(), {path: file["digest"] for path, file in files.items()}, meant
        )
        draft = {"name": name, "source": text, "digest": digest, "definition": {}, "files": files, "calls": meant}
        known = {"command_id": uuid7(), "project_id": self.project, "principal": "ada"}
        known["draft"] = FlowDraft.model_validate(draft)
        if name not in self.ids:
            self.ids[name] = uuid7()
            return await self._give[CreateFlow](CreateFlow(flow_id=self.ids[name], **known))
        current = await self.queries.get(GetFlow(project_id=self.project, flow_id=self.ids[name]))
        return await self._give[UpdateFlow](
            UpdateFlow(flow_id=self.ids[name], expected_version=current.version, **known)
        )

    async def resolve(self, name=None, *calls):
        item = ResolveItem(flow_id=None if name is None else self.ids[name], calls=list(calls))
        question = ResolveExecution(project_id=self.project, items=[item])
        return (await self._resolver.resolve(question)).items[0]

    async def remove(self, name):
        known = {"command_id": uuid7(), "project_id": self.project, "principal": "ada"}
        await self._give[DeleteFlow](DeleteFlow(flow_id=self.ids[name], expected_version=1, **known))


@pytest.fixture
def library(house, project):
    return Library(house, project)


async def test_all_that_is_called_is_pinned_once_in_its_latest_version(library):
    await library.save("leaf")
    await library.save("leaf", source="name: leaf\n# second\n")
    await library.save("middle", "leaf", **{"../leaf.yaml": "leaf"})
    await library.save("top", "middle", "leaf")

    item = await library.resolve("top")

    middle, leaf = (item.called[item.calls[name]] for name in ("middle", "leaf"))
    assert [(flow.name, flow.version) for flow in (middle, leaf)] == [("middle", 1), ("leaf", 2)]
    assert len(item.called) == 2
    assert middle.calls == {"leaf": item.calls["leaf"], "../leaf.yaml": item.calls["leaf"]}
    assert leaf.body.source == "name: leaf\n# second\n"
    assert leaf.body.digest == sha256(b"name: leaf\n# second\n").hexdigest()


async def test_a_brought_flow_is_told_what_it_calls_by_name_or_id(library):
    await library.save("leaf")
    await library.save("middle", "leaf")
    leaf = str(library.ids["leaf"])

    item = await library.resolve(None, "middle", leaf)

    assert item.flow is None
    assert {call: item.called[place].name for call, place in item.calls.items()} == {"middle": "middle", leaf: "leaf"}


async def test_files_are_of_a_version_and_change_its_digest_not_that_of_its_source(library):
    old = {"rows.csv": {"digest": "a" * 64, "size_bytes": 3}}
    first = await library.save("rows", files=old)
    second = await library.save("rows", files={"rows.csv": {"digest": "b" * 64, "size_bytes": 3}})

    item = await library.resolve("rows")
    read = await library.queries.get(GetFlow(project_id=library.project, flow_id=library.ids["rows"]))
    before = await library.queries.get(GetFlow(project_id=library.project, flow_id=library.ids["rows"], version=1))

    assert first["digest"] != second["digest"]
    assert item.flow.body.digest == sha256(b"name: rows\n").hexdigest()
    assert item.flow.files["rows.csv"].digest == read.files["rows.csv"].digest == "b" * 64
    assert before.model_dump(mode="json")["files"] == old


@pytest.mark.parametrize(
    ("flows", "first", "code", "words"),
    [
        ({"a": ["a"]}, "a", "flows_call_one_another", "a → a"),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, "a", "flows_call_one_another", "a → b → c → b"),
        ({"a": ["b"], "b": ["gone"]}, "a", "called_flow_not_found", 'the flow "gone", which a → b runs'),
    ],
)
async def test_cycles_and_strangers_are_refused(library, flows, first, code, words):
    for name, called in flows.items():
        await library.save(name, *called)

    item = await library.resolve(first)

    assert (item.error_code, item.error_call, item.flow) == (code, flows[first][0], None)
    assert words in item.error_message
    inline = await library.resolve(None, first)
    assert (inline.error_code, inline.error_call) == (code, first)


async def test_a_deleted_flow_is_called_by_nobody(library):
    await library.save("leaf")
    await library.save("top", "leaf")
    await library.remove("leaf")

    assert (await library.resolve("top")).error_code == "called_flow_not_found"


async def test_more_flows_than_an_execution_may_call_are_refused(library):
    names = [f"leaf {number}" for number in range(MOST_CALLED + 1)]
    for name in names:
        await library.save(name)

    assert len((await library.resolve(None, *names[1:])).called) == MOST_CALLED
    assert (await library.resolve(None, *names)).error_code == "too_many_calls"


async def test_sources_that_do_not_fit_in_a_request_go_by_digest(library, house):
    size = INLINE_BODY_BYTES - 10
    for number in range(8):
        await library.save(f"leaf {number}", source=f"# {number}".ljust(size, "x"))
    await library.save("top", *[f"leaf {number}" for number in range(8)])

    item = await library.resolve("top")
    inline = [flow.body.source for flow in item.called if flow.body.source is not None]

    assert 0 < sum(map(len, inline)) <= INLINE_CALLED_BYTES
    for flow in item.called:
        kept = house.settings.artifacts_dir / "flows" / flow.body.digest
        assert flow.body.source is not None or kept.read_text().startswith("# ")
