import pytest

from testmesh_engine.language import FlowInvalidError, parse_flow
from testmesh_engine.language.mentions import mentioned_files, mentioned_flows
from testmesh_engine.language.parse import examine_flow

FAULTY = """\
name: top
data: {file: rows.csv}
inputs: {n: {type: intgeer}}
outputs: {m: x}
steps:
  - {action: lgo, config: {message: x}}
  - {action: run_flow, config: {flow: part.yaml}}
"""


def test_a_flow_with_faults_still_says_what_it_mentions_and_where():
    examined = examine_flow(FAULTY, file="top.yaml")

    assert [(fault.code, fault.line, fault.file) for fault in examined.faults] == [
        ("TM204", 3, "top.yaml"),
        ("TM205", 6, "top.yaml"),
    ]
    assert [found.text for found in mentioned_files(examined.flow)] == ["rows.csv"]
    (call,) = mentioned_flows(examined.flow)
    assert (call.text, examined.document.at(call.pointer).place) == ("part.yaml", (7, 39))


def test_what_is_told_of_a_faulty_flow_is_what_parse_flow_raises():
    with pytest.raises(FlowInvalidError) as caught:
        parse_flow(FAULTY, file="top.yaml")

    assert caught.value.diagnostics == examine_flow(FAULTY, file="top.yaml").faults


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_part_is_sound_where_nothing_in_it_is_wrong(wrapped):
    source = "flow:\n" + "".join(f"  {line}\n" for line in FAULTY.splitlines()) if wrapped else FAULTY
    examined = examine_flow(source)
    within = examined.document.pointer

    assert within == ("/flow" if wrapped else "")
    assert not examined.is_sound(f"{within}/inputs")
    assert not examined.is_sound(f"{within}/steps/0")
    assert examined.is_sound(f"{within}/inputs/n/typ")
    assert examined.is_sound(f"{within}/steps/1")
    assert not examined.declares("inputs")
    assert examined.declares("outputs")


def test_a_flow_declares_what_is_not_there_only_where_nothing_is_wrong_with_it():
    assert examine_flow(FAULTY.replace("intgeer", "integer").replace("lgo", "log")).declares("env")
    assert not examine_flow(FAULTY).declares("env")
    assert not examine_flow(f"{FAULTY}name: again\n").declares("outputs")


def test_the_columns_of_a_file_that_was_read_are_names_and_end_the_doubt():
    source = 'name: a\ndata: {file: rows.csv}\nsteps: [{action: log, config: {message: "${who} ${colour}"}}]\n'

    assert examine_flow(source).flow.notes == ()
    known = examine_flow(source, columns=frozenset({"who"})).flow
    assert [(note.code, note.column) for note in known.notes] == [("TM306", 51)]
