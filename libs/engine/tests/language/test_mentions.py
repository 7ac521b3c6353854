import pytest

from testmesh_engine.language import parse_flow
from testmesh_engine.language.mentions import is_absolute, is_path, mentioned_files, mentioned_flows, place_of

FLOW = """\
flow:
  name: top
  data: {file: rows/people.csv}
  steps:
    - id: outer
      action: group
      config:
        steps:
          - {id: one, action: run_flow, config: {flow: parts/a.yaml}}
          - {id: two, action: run_flow, config: {flow: by name}}
    - action: run_flow
      config: {flow: parts/a.yaml}
      on_error: {action: continue, steps: [{action: run_flow, config: {flow: rescue.yaml}}]}
"""


def test_all_that_a_flow_mentions_is_found_once_and_where_it_says_so():
    flow = parse_flow(FLOW)

    (rows,) = mentioned_files(flow)
    assert (rows.text, rows.line, rows.column, rows.pointer) == ("rows/people.csv", 3, 9, "/flow/data/file")
    calls = {mention.text: (mention.line, mention.pointer) for mention in mentioned_flows(flow)}
    assert calls.keys() == {"parts/a.yaml", "by name", "rescue.yaml"}
    assert calls["parts/a.yaml"] == (9, "/flow/steps/0/config/steps/0/config/flow")


def test_a_flow_that_stands_alone_mentions_nothing():
    flow = parse_flow("name: alone\ndata: [{who: ada}]\nsteps: [{action: log, config: {message: x}}]\n")

    assert mentioned_files(flow) == mentioned_flows(flow) == []


@pytest.mark.parametrize(
    ("path", "beside", "place"),
    [
        ("rows.csv", "", "rows.csv"),
        ("./rows.csv", "top.yaml", "rows.csv"),
        ("rows.csv", "parts/a.yaml", "parts/rows.csv"),
        ("../rows.csv", "parts/a.yaml", "rows.csv"),
        ("../../x/rows.csv", "parts/a.yaml", "../x/rows.csv"),
        ("a/../../rows.csv", "../x/b.yaml", "../rows.csv"),
    ],
)
def test_a_path_is_seen_from_the_first_flows_folder(path, beside, place):
    assert place_of(path, beside) == place


def test_a_file_is_told_from_a_name_and_a_place_of_one_machine_from_a_relative_path():
    assert [text for text in ("a.yaml", "A.YML", "b.json", "a", "a.yaml flow", "x.csv") if is_path(text)] == [
        "a.yaml",
        "A.YML",
        "b.json",
    ]
    assert [path for path in ("/a", "\\\\host\\a", "C:\\a", "c:a", "a/b", "../a", "a:b/c") if is_absolute(path)] == [
        "/a",
        "\\\\host\\a",
        "C:\\a",
        "c:a",
        "a:b/c",
    ]
