"""A flow is put together with what came along, each part read once, or every fault is told."""

import pytest

from testmesh_api.assembly import Assembly
from testmesh_api.attachments import Accompanied, Attachments, read_attachments
from testmesh_api.errors import MOST_FAULTS, FlowIncompleteError, RequestInvalidError
from testmesh_api.flow_sources import Source
from testmesh_engine.language import parse_flow

FAULTY = b"name: part\nsteps:\n  - {id: bad, action: lgo}\n"


def assembly_of(calls: dict[str, str], files: dict[str, bytes]) -> Assembly:
    steps = "".join(f"  - {{id: s{n}, action: run_flow, config: {{flow: {call}}}}}\n" for n, call in enumerate(calls))
    source = f"name: top\nsteps:\n{steps}"
    return Assembly(parse_flow(source, file="flow.yaml"), Source(source, attachments=Attachments(files, calls)))


async def test_a_faulty_part_is_told_of_once_however_many_names_mean_it() -> None:
    with pytest.raises(FlowIncompleteError) as one:
        await assembly_of({"n0": "p.yaml"}, {"p.yaml": FAULTY}).put_together()
    with pytest.raises(FlowIncompleteError) as ten:
        await assembly_of({f"n{n}": "p.yaml" for n in range(10)}, {"p.yaml": FAULTY}).put_together()

    assert ten.value.faults == one.value.faults


async def test_a_part_that_many_names_mean_is_there_once() -> None:
    whole = b"name: part\nsteps:\n  - {action: log, config: {message: hi}}\n"
    found = await assembly_of({f"n{n}": "p.yaml" for n in range(10)}, {"p.yaml": whole}).put_together()

    assert [part.path for part in found.parts] == ["", "p.yaml"]
    assert set(found.parts[0].calls.values()) == {1}


async def test_an_answer_tells_of_so_many_faults_and_no_more() -> None:
    paths = [f"p{n}.yaml" for n in range(MOST_FAULTS + 1)]
    with pytest.raises(FlowIncompleteError) as refused:
        await assembly_of({path: path for path in paths}, dict.fromkeys(paths, FAULTY)).put_together()

    assert len(refused.value.faults) == MOST_FAULTS


@pytest.mark.parametrize("calls", [{"./a.yaml": "smoke", "a.yaml": "nothing"}, {"b/../a.yaml": "x", "./a.yaml": "x"}])
def test_one_call_in_two_spellings_is_refused_as_a_file_is(calls: dict[str, str]) -> None:
    with pytest.raises(RequestInvalidError) as refused:
        read_attachments(Accompanied(calls=calls), "/items/1")

    second = list(calls)[1].replace("/", "~1")
    assert [(fault.code, fault.pointer) for fault in refused.value.faults] == [
        ("path_twice", f"/items/1/calls/{second}")
    ]


def test_names_that_look_alike_are_different_calls() -> None:
    assert read_attachments(Accompanied(calls={"a": "x", "./a": "y"})).calls == {"a": "x", "./a": "y"}
