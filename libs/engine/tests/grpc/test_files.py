"""Proto files of a flow: beside it here, sent along to a server; and the example, which has some."""

from pathlib import Path

import pytest

from testmesh_engine.actions import BUILT_IN, ActionRegistry
from testmesh_engine.executor import RunOptions, run_flow
from testmesh_engine.executor.sources import FolderSources
from testmesh_engine.language import FlowInvalidError, parse_flow
from testmesh_engine.language.mentions import files_behind, mentioned_files

pytestmark = pytest.mark.integration
EXAMPLE = Path(__file__).parents[4] / "examples" / "grpc" / "inventory.yaml"
CALL = """
name: a
steps:
  - id: call
    action: grpc_call
    config: {{address: "{address}", service: shop.Inventory, method: GetStock, request: {{sku: lamp}}, proto: {proto}}}
"""


class Sent:
    """What came along with a flow, by path as it was named."""

    def __init__(self, files):
        self.files, self.read = files, []

    async def flow(self, reference, caller):
        raise AssertionError(reference)

    async def file(self, path, owner):
        from testmesh_engine.executor.sources import SourceError

        self.read.append(path)
        if path not in self.files:
            raise SourceError(f'the file "{path}", which "{owner.name}" names, did not come along')
        return self.files[path]


def test_the_example_names_its_proto_file_and_behind_it_what_that_imports():
    mentions = mentioned_files(parse_flow(EXAMPLE.read_bytes()))
    found = files_behind(
        mentions, lambda path: there.read_bytes() if (there := EXAMPLE.parent / path).exists() else None
    )

    assert [mention.text for mention in mentions] == ["protos/shop/inventory.proto"]
    assert list(found) == ["protos/shop/money.proto"]


async def test_the_example_passes(resources, store, peer):
    import asyncio

    registry = ActionRegistry(BUILT_IN)
    flow = parse_flow(EXAMPLE.read_bytes(), file=str(EXAMPLE))
    options = RunOptions("e", registry, resources, store, {"inventory": peer["none"]}, sources=FolderSources(registry))

    outcome = await run_flow(flow, run=options, emit=lambda _: None, cancel=asyncio.Event())

    assert outcome.status == "passed", outcome


async def test_files_that_came_along_are_read_by_their_names_once_an_execution(play, peer):
    folder = EXAMPLE.parent
    sent = Sent(
        {path: (folder / path).read_bytes() for path in ("protos/shop/inventory.proto", "protos/shop/money.proto")}
    )
    source = CALL.format(address=peer["none"], proto="./protos/shop/inventory.proto")
    twice = source + source.partition("steps:\n")[2].replace("id: call", "id: again")

    played = await play(twice, sources=sent)

    assert played.outcome.status == "passed", played.outcome
    assert sent.read.count("protos/shop/inventory.proto") == 1


async def test_a_proto_file_that_is_not_there_is_told(play):
    played = await play(CALL.format(address="127.0.0.1:9", proto="nowhere.proto"), sources=Sent({}))

    assert played["call"].error_code in ("TM456", "TM532")


async def test_an_import_that_did_not_come_along_is_told(play, peer):
    path = "protos/shop/inventory.proto"
    sent = Sent({path: (EXAMPLE.parent / path).read_bytes()})

    played = await play(CALL.format(address=peer["none"], proto=path), sources=sent)

    assert played["call"].error_code == "TM531"
    assert "not found beside the flow: shop/money.proto" in played["call"].error_message


@pytest.mark.parametrize(
    ("proto", "code", "said"),
    [
        ("a.txt", "TM208", "ends in .proto"),
        ("[]", "TM208", "at least one file"),
    ],
)
def test_which_files_are_read_is_known_before_the_flow_starts(proto, code, said):
    with pytest.raises(FlowInvalidError) as raised:
        parse_flow(CALL.format(address="a:1", proto=proto))

    assert [(fault.code, said in fault.message) for fault in raised.value.diagnostics] == [(code, True)]
