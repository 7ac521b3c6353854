"""What `validate` finds in what flows name beside themselves: files of rows, and flows that they call."""

import json
import os

import pytest

pytestmark = pytest.mark.integration

LEAF = "name: leaf\ninputs: {count: {type: integer}}\noutputs: {total: a.message}\n"
LEAF += "steps: [{id: a, action: log, config: {message: x}}]\n"


def calling(name, *references):
    steps = [f"  - {{action: run_flow, config: {{flow: {reference}}}}}" for reference in references]
    return "\n".join([f"name: {name}", "steps:", *steps, ""])


@pytest.fixture
def told(testmesh):
    """Returns the exit code, and by file the faults that were told: code, line and column; notes likewise."""

    def judged(*paths, notes=False):
        done = testmesh("validate", "--format", "json", *paths)
        files = json.loads(done.stdout)["files"]
        kind = "notes" if notes else "faults"
        return done.returncode, {
            file["file"]: [(found["code"], found["line"], found["column"]) for found in file[kind]] for file in files
        }

    return judged


ALL_AT_ONCE = """\
name: many
data: {file: gone.csv}
steps:
  - action: run_flow
    config: {flow: gone.yaml}
  - {id: l, action: lgo, config: {message: x}}
  - action: run_flow
    config: {flow: leaf.yaml, inputs: {cuont: 1, count: many}}
  - {action: log, config: {mesage: x}}
"""


def test_a_fault_of_the_language_hides_no_fault_of_what_a_flow_names(told, write):
    write("leaf.yaml", LEAF)
    write("many.yaml", ALL_AT_ONCE)
    write("other.yaml", "flow:\n  name: other\n  steps: [{action: run_flow, config: {flow: gone.yaml}}]\n  stesp: 1\n")

    code, faults = told()

    assert code == 2
    assert faults == {
        "leaf.yaml": [],
        "many.yaml": [
            ("TM456", 2, 14),
            ("TM456", 5, 20),
            ("TM205", 6, 21),
            ("TM416", 8, 40),
            ("TM416", 8, 57),
            ("TM203", 9, 28),
        ],
        "other.yaml": [("TM456", 3, 45), ("TM203", 4, 3)],
    }


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ("{inputs: {}}", ("TM202", 4, 13)),
        ('{flow: "${x}.yaml"}', ("TM303", 4, 20)),
        ('{flow: " "}', ("TM204", 4, 20)),
        ("{flow: [gone.yaml]}", ("TM201", 4, 20)),
        ("{flow: leaf.yaml, inputs: many}", ("TM201", 4, 39)),
        ('{flow: leaf.yaml, inputs: {count: "${1 +}"}}', ("TM102", 4, 53)),
        ("gone.yaml", ("TM201", 4, 13)),
    ],
)
def test_a_call_that_is_wrong_in_itself_has_that_fault_alone(told, write, config, fault):
    write("leaf.yaml", LEAF)
    write("a.yaml", f"name: a\nsteps:\n  - action: run_flow\n    config: {config}\n")

    assert told("a.yaml") == (2, {"a.yaml": [fault]})


def test_a_file_of_rows_that_cannot_be_one_has_that_fault_alone(told, write):
    write("a.yaml", "name: a\ndata: {file: gone.txt}\nsteps: [{action: log, config: {message: x}}]\n")

    assert told("a.yaml") == (2, {"a.yaml": [("TM204", 2, 14)]})


def test_flows_that_call_one_another_are_told_at_each_call_that_never_ends(testmesh, told, write):
    write("a.yaml", calling("a", "leaf.yaml", "parts/b.yaml"))
    write("parts/b.yaml", calling("b", "a"))
    write("c.yaml", calling("c", "parts/b.yaml"))
    write("leaf.yaml", LEAF)
    write("self.yaml", calling("self", "self"))

    code, faults = told()

    assert code == 2
    assert faults == {
        "a.yaml": [("TM454", 4, 39)],
        "c.yaml": [("TM454", 3, 39)],
        "leaf.yaml": [],
        "self.yaml": [("TM454", 3, 39)],
        "parts/b.yaml": [("TM454", 3, 39)],
    }
    said = testmesh("validate").stdout
    assert "TM454 flows that call one another never end: c → b → a → b\n" in said
    assert told("parts/b.yaml") == (0, {"parts/b.yaml": []}), "a server may know another flow of that name"


def test_a_circle_hides_no_other_fault(told, write):
    write("a.yaml", calling("a", "b.yaml"))
    write("b.yaml", calling("b", "a.yaml").replace("steps:", "inputs: {}\nsteps:\n  - {action: lgo}"))
    write("c.yaml", calling("c", "b.yaml").replace("b.yaml", "b.yaml, inputs: {x: 1}"))

    assert told("c.yaml") == (2, {"c.yaml": [("TM454", 3, 39), ("TM456", 3, 39), ("TM416", 3, 56)]})
    assert told("a.yaml", "b.yaml")[1] == {
        "a.yaml": [("TM454", 3, 39), ("TM456", 3, 39)],
        "b.yaml": [("TM205", 4, 14), ("TM454", 5, 39)],
    }


def test_calls_that_go_too_deep_or_are_too_many_are_told_as_a_run_would(testmesh, told, write):
    for number in range(11):
        write(f"deep/{number}.yaml", calling(f"deep {number}", f"{number + 1}.yaml") if number < 10 else LEAF)
    for number in range(201):
        write(f"wide/parts/{number}.yaml", LEAF)
    write("wide/all.yaml", calling("wide", *(f"parts/{number}.yaml" for number in range(201))))
    write("wide/most.yaml", calling("wide", *(f"parts/{number}.yaml" for number in range(200))))

    assert told("deep/1.yaml") == (0, {"deep/1.yaml": []})
    assert told("deep/0.yaml") == (2, {"deep/0.yaml": [("TM454", 3, 39)]})
    assert told("wide/all.yaml", "wide/most.yaml")[1] == {"wide/all.yaml": [("TM454", 2, 1)], "wide/most.yaml": []}
    for refused in ("deep/0.yaml", "wide/all.yaml"):
        assert "TM454" in testmesh("run", refused).stdout
    for taken in ("deep/1.yaml", "wide/most.yaml"):
        assert testmesh("run", taken).returncode == 0


def test_a_chain_that_is_cut_at_the_limit_is_not_taken_for_all_that_follows(told, write):
    for number in range(12):
        write(f"{number}.yaml", calling(f"n{number}", f"{number + 1}.yaml") if number < 11 else LEAF)

    assert told("0.yaml", "1.yaml", "2.yaml")[1] == {
        "0.yaml": [("TM454", 3, 39)],
        "1.yaml": [("TM454", 3, 39)],
        "2.yaml": [],
    }


@pytest.mark.parametrize("branches", [("1.yaml", "leaf.yaml"), ("leaf.yaml", "1.yaml")])
def test_a_flow_that_was_reached_by_a_short_way_is_too_deep_by_a_long_one(testmesh, told, write, branches):
    for number in range(1, 8):
        write(f"{number}.yaml", calling(f"n{number}", f"{number + 1}.yaml") if number < 7 else LEAF)
    write("leaf.yaml", LEAF)
    write("part.yaml", calling("part", *branches))
    write("way.yaml", calling("way", "on.yaml"))
    write("on.yaml", calling("on", "part.yaml"))
    write("most.yaml", calling("most", "part.yaml", "on.yaml"))
    write("all.yaml", calling("all", "part.yaml", "way.yaml"))

    assert told("most.yaml", "all.yaml")[1] == {"all.yaml": [("TM454", 4, 39)], "most.yaml": []}
    assert testmesh("run", "most.yaml").returncode == 0
    assert "all → way → on → part → n1" in testmesh("run", "all.yaml").stdout


def test_a_flow_that_is_called_by_two_references_is_called_twice(testmesh, told, write):
    for number in range(200):
        write(f"parts/{number}.yaml", LEAF)
    write("all.yaml", calling("all", "./parts/0.yaml", *(f"parts/{number}.yaml" for number in range(200))))

    assert told("all.yaml") == (2, {"all.yaml": [("TM454", 2, 1)]})
    assert "TM454" in testmesh("run", "all.yaml").stdout


def test_many_calls_of_the_same_flows_are_followed_once(told, write):
    for number in range(10):
        write(f"{number}.yaml", calling(f"n{number}", *[f"{number + 1}.yaml"] * 20) if number < 9 else LEAF)

    assert told("0.yaml") == (0, {"0.yaml": []})


def test_what_a_called_flow_names_and_is_not_there_is_told_at_the_call(testmesh, told, write):
    write("a.yaml", calling("a", "parts/b.yaml"))
    write("parts/b.yaml", calling("b", "gone.yaml"))

    assert told("a.yaml") == (2, {"a.yaml": [("TM456", 3, 39)]})
    assert "is not valid: parts/b.yaml:3:39: TM456 the flow" in testmesh("validate", "a.yaml").stdout


@pytest.mark.parametrize("reference", ["leaf.yaml", "leaf"])
def test_a_call_is_held_against_what_a_faulty_flow_declares_as_far_as_that_is_sound(told, write, reference):
    write("a.yaml", calling("a", reference).replace("leaf", "leaf", 1).replace("}}", ", inputs: {cuont: 1}}}"))
    column = 46 + len(reference) + 4
    not_valid = [("TM456", 3, 39)] if reference == "leaf.yaml" else []

    write("leaf.yaml", LEAF.replace("log", "lgo"))
    assert told("a.yaml", "leaf.yaml")[1]["a.yaml"] == [*not_valid, ("TM416", 3, column)]
    write("leaf.yaml", LEAF.replace("inputs", "inptus"))
    assert told("a.yaml", "leaf.yaml")[1]["a.yaml"] == not_valid
    write("leaf.yaml", LEAF.replace("integer", "intgeer"))
    assert told("a.yaml", "leaf.yaml")[1]["a.yaml"] == not_valid


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.csv", "a,b\n"),
        ("rows.csv", "a,b\n1\n"),
        ("rows.csv", "first name\nAda\n"),
        ("rows.json", "{}"),
        ("rows.yaml", "- a: 1\n  a: 2\n"),
    ],
)
def test_rows_that_a_run_could_not_read_are_a_fault_where_the_flow_names_them(told, write, name, content):
    write(name, content)
    write("a.yaml", f"name: a\ndata: {{file: {name}}}\nsteps: [{{action: log, config: {{message: x}}}}]\n")

    assert told("a.yaml") == (2, {"a.yaml": [("TM457", 2, 14)]})


@pytest.mark.parametrize("command", [["validate"], ["run"], ["run", "--remote", "--url", "http://127.0.0.1:9"]])
def test_rows_that_are_a_pipe_are_a_fault_and_are_not_waited_for(testmesh, write, tmp_path, command):
    os.mkfifo(tmp_path / "rows.csv")
    write("a.yaml", "name: a\ndata: {file: rows.csv}\nsteps: [{action: log, config: {message: x}}]\n")

    assert "it is a pipe, a device or a socket" in testmesh(*command, "a.yaml").stdout


@pytest.mark.parametrize("command", ["validate", "run"])
def test_rows_that_are_too_large_are_told_and_are_not_read(testmesh, write, tmp_path, command):
    with (tmp_path / "rows.csv").open("wb") as rows:
        rows.truncate(16 * 1024 * 1024 + 1)
    write("a.yaml", "name: a\ndata: {file: rows.csv}\nsteps: [{action: log, config: {message: x}}]\n")

    assert "it has more than 16777216 bytes" in testmesh(command, "a.yaml").stdout


def test_the_columns_of_a_file_are_known_names(told, write):
    write("rows.csv", "who,message\nada,hi\n")
    write(
        "a.yaml",
        "name: a\ndata: {file: rows.csv}\nsteps:\n"
        '  - {action: log, config: {message: "${who}"}, assert: [message == "ada"]}\n'
        '  - {action: log, config: {message: "${whose}, ${colour}"}}\n',
    )

    assert told("a.yaml", notes=True) == (
        0,
        {"a.yaml": [("TM311", 4, 57), ("TM306", 5, 40), ("TM306", 5, 50)]},
    )


def test_an_input_that_each_row_of_the_called_flow_gives_is_needed_by_nobody(told, write):
    write("rows.csv", "count\n1\n")
    write("called.yaml", LEAF.replace("integer", "integer, required: true") + "data: {file: rows.csv}\n")
    write("without.yaml", calling("without", "called.yaml"))
    write("with.yaml", calling("with", "called.yaml").replace("}}", ", inputs: {count: 1}}}"))

    assert told("without.yaml", notes=True) == (0, {"without.yaml": []})
    assert told("with.yaml") == (2, {"with.yaml": [("TM416", 3, 68)]})


def test_a_file_that_a_step_sends_is_looked_for_where_the_flow_stands(told, write):
    config = "{method: POST, url: 'http://h/', files: {a: there.bin, b: [gone.bin], c: '${c}.bin'}}"
    write("there.bin", "no rows, and no text that has to be any")
    write("sends.yaml", f"name: sends\nenv: {{c: c}}\nsteps:\n  - {{action: http_request, config: {config}}}\n")

    assert told("sends.yaml") == (2, {"sends.yaml": [("TM456", 4, 95)]})
