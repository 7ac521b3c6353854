"""What a flow calls is pinned with it: every flow in its latest version, once; cycles and strangers are refused."""

from hashlib import sha256
from itertools import pairwise

import pytest

from testmesh_chassis.inbox import Inbox
from testmesh_contracts import uuid7
from testmesh_contracts.executions import INLINE_BODY_BYTES, INLINE_CALLED_BYTES, MOST_CALLED
from testmesh_contracts.flows import CreateFlow, DeleteFlow, FlowDraft, UpdateFlow, version_digest
from testmesh_contracts.queries import GetFlow, ResolveExecution, ResolveItem
from testmesh_storage import calls
from testmesh_storage.commands import Commands
from testmesh_storage.errors import AnswerTooLargeError
from testmesh_storage.flows import FlowCommands, FlowQueries
from testmesh_storage.repository import called
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
        self.resolver = Resolver(house.database, sources)
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
        return (await self.resolver.resolve(question)).items[0]

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
    for name, targets in flows.items():
        await library.save(name, *targets)

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


@pytest.fixture
def reads(monkeypatch):
    """How many flows each reading found: of calls, and of sources."""
    found = {"flows": [], "sources": []}

    def counting(name, read):
        async def counted(*asked):
            answer = await read(*asked)
            found[name].append(len(answer))
            return answer

        return counted

    for name in found:
        monkeypatch.setattr(called, name, counting(name, getattr(called, name)))
    return found


async def test_of_more_flows_than_an_execution_may_call_no_level_is_read_further_and_no_source(library, reads):
    deep = [f"deep {number}" for number in range(5)]
    wide = [f"wide {number}" for number in range(MOST_CALLED + 5)]
    for name in deep:
        await library.save(name)
    for name in wide:
        await library.save(name, *deep)
    await library.save("top", "middle", *deep)
    await library.save("middle", *wide)

    item = await library.resolve("top")

    assert (item.error_code, item.error_call) == ("too_many_calls", "middle")
    assert reads == {"flows": [6, MOST_CALLED + 2], "sources": []}


@pytest.mark.parametrize(("last", "code"), [([], "flows_call_one_another"), (["no"], "called_flow_not_found")])
async def test_in_a_circle_as_long_as_an_execution_may_be_not_too_many_are_called(library, last, code):
    ring = [f"ring {number}" for number in range(MOST_CALLED)]
    for name, following in pairwise(ring):
        await library.save(name, following)
    await library.save(ring[-1], *last, "top")
    await library.save("top", ring[0])

    assert (await library.resolve("top")).error_code == code


async def test_executions_that_call_too_many_flows_together_are_to_be_asked_for_apart(library, reads, monkeypatch):
    monkeypatch.setattr(calls, "MOST_READ", 3)
    names = [f"leaf {number}" for number in range(4)]
    for name in names:
        await library.save(name)
    items = [ResolveItem(calls=names[:2]), ResolveItem(calls=names[2:])]

    with pytest.raises(AnswerTooLargeError):
        await library.resolver.resolve(ResolveExecution(project_id=library.project, items=items))
    assert reads["sources"] == []
    apart = [await library.resolver.resolve(ResolveExecution(project_id=library.project, items=[one])) for one in items]
    assert [[flow.name for flow in answer.items[0].called] for answer in apart] == [names[:2], names[2:]]


async def test_a_flow_that_is_changed_while_it_is_resolved_is_pinned_with_the_source_of_its_version(
    library, monkeypatch
):
    await library.save("leaf")
    await library.save("top", "leaf")
    read = called.sources

    async def after_a_change(*asked):
        await library.save("leaf", source="name: leaf\n# second\n")
        return await read(*asked)

    monkeypatch.setattr(called, "sources", after_a_change)
    (leaf,) = (await library.resolve("top")).called

    assert (leaf.version, leaf.body.source) == (1, "name: leaf\n")


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
