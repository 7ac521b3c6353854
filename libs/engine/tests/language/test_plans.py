import pytest

from testmesh_engine.language import FlowInvalidError
from testmesh_engine.plans import CompiledFlows

SOURCE = "name: a\nsteps:\n  - {action: log, config: {message: hi}}\n"


def test_a_flow_version_is_compiled_once():
    flows = CompiledFlows()
    first = flows.compile(SOURCE)

    assert flows.compile(SOURCE.encode()) is first
    assert flows.find(first.digest) is first


def test_the_flow_that_was_not_used_for_longest_leaves_first():
    flows = CompiledFlows(max_bytes=2 * 8 * 1024)
    first, second = flows.compile(SOURCE), flows.compile(SOURCE + "#2")
    flows.find(first.digest)
    third = flows.compile(SOURCE + "#3")

    assert flows.find(second.digest) is None
    assert flows.find(first.digest) is first
    assert flows.find(third.digest) is third


def test_nothing_is_kept_of_an_invalid_source():
    flows = CompiledFlows()
    with pytest.raises(FlowInvalidError):
        flows.compile("name: a")

    assert len(flows) == 0
