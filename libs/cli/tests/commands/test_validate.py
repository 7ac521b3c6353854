import json

import pytest

pytestmark = pytest.mark.integration

GOOD = "name: good\nsteps: [{action: log, config: {message: hi}}]\n"
BAD = "name: bad\nstesp: []\nsteps:\n  - action: lgo\n    config: {}\n"


def test_every_fault_of_every_file_is_told_with_its_place(testmesh, write):
    write("a.yaml", BAD)
    write("b.yml", GOOD)
    write("c.json", '{"name": "c", "steps": [{"action": "log", "cnofig": {}}]}')

    done = testmesh("validate")

    assert done.returncode == 2
    assert done.stdout.startswith(
        '✗ TM203 unknown key "stesp"; did you mean "steps"?\n  a.yaml:2:1\n    2 | stesp: []\n      | ^\n'
    )
    assert "a.yaml:4:13" in done.stdout
    assert "c.json:1:" in done.stdout
    assert "1 valid, 2 not valid" in done.stdout


def test_faults_as_json_have_code_place_and_hint(testmesh, write):
    write("a.yaml", BAD)
    write("b.yaml", GOOD)

    done = testmesh("validate", "--format", "json")

    files = json.loads(done.stdout)["files"]
    assert done.returncode == 2
    assert [found["valid"] for found in files] == [False, True]
    fault = files[0]["faults"][0]
    assert (fault["code"], fault["line"], fault["column"]) == ("TM203", 2, 1)
    assert fault["hint"] == 'did you mean "steps"?'


def test_valid_flows_end_with_zero_and_a_folder_without_any_with_five(testmesh, write, tmp_path):
    write("flows/deeper/a.yaml", GOOD)
    write("flows/.hidden/b.yaml", BAD)
    (tmp_path / "empty").mkdir()

    assert testmesh("validate", "flows").returncode == 0
    assert testmesh("validate", "empty").returncode == 5


def test_bytes_that_are_no_text_are_a_fault_and_not_a_crash(testmesh, tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00name")

    done = testmesh("validate", "a.yaml")

    assert done.returncode == 2
    assert "TM1" in done.stdout
    assert "Traceback" not in done.stderr


def test_what_lies_beside_flows_in_a_folder_and_is_none_is_passed_over_and_said(testmesh, write):
    write("flow.schema.json", testmesh("schema").stdout)
    write("rows/p.json", '[{"a": 1}]')
    write("rows/by_name.yaml", "ann: {name: Ann, steps: 3}\nkey: name\n")
    write("rows/q.yaml", "- a: 1\n- a: 2\n")
    write("compose.yml", "services: {}\n---\nvolumes: {}\n")
    write("a.yaml", GOOD)
    write("report.json", testmesh("run", "a.yaml", "-o", "json").stdout)

    checked = testmesh("validate")
    ran = testmesh("run", "--report", "json=r/r.json", "--durations", "d.json")
    again = testmesh("run")

    assert (checked.returncode, ran.returncode) == (0, 0), ran.stderr
    assert checked.stdout == "1 valid, 0 not valid\n"
    assert checked.stderr == (
        "testmesh: 5 files passed over, not flows: "
        "compose.yml, flow.schema.json, rows/by_name.yaml, rows/p.json, rows/q.yaml\n"
    )
    assert checked.stderr in ran.stderr
    assert again.stderr == checked.stderr


def test_a_folder_with_nothing_but_other_documents_has_no_flow(testmesh, write):
    for number in range(7):
        write(f"{number}.json", "[]")

    done = testmesh("validate")

    assert done.returncode == 5
    assert "7 files passed over, not flows: 0.json, 1.json, 2.json, 3.json, 4.json, 2 more\n" in done.stderr


def test_a_document_that_is_named_is_never_passed_over(testmesh, write):
    write("p.json", '[{"a": 1}]')

    assert testmesh("validate", "p.json").returncode == 2
    assert testmesh("validate", ".", "p.json").returncode == 2


@pytest.mark.parametrize(
    "meant",
    [
        "name: a\nstesp: []\n",
        "nmae: a\nsteps: []\n",
        '{"$schema": "flow.schema.json", "name": "a", "steps": []}',
        "flow: []\n",
        "",
        "# nothing but a remark\n",
        "---\n",
        "name: [\n",
        "- a: [\n",
        "a: 1\n---\nname: b\n",
        "a: {name: b}\nb: [c]\nname: a\n",
        "[" * 900_000,
    ],
)
def test_what_may_be_meant_as_a_flow_is_told_also_where_a_folder_is_named(testmesh, write, meant):
    write("a.yaml", meant)
    write("b.yaml", GOOD)

    done = testmesh("validate")

    assert done.returncode == 2
    assert "1 valid, 1 not valid" in done.stdout
    assert done.stderr == ""


CALLED = """\
name: called
inputs: {count: {type: integer, required: true}, who: {type: string}}
steps: [{id: s, action: set, config: {total: 1}}]
outputs: {total: total}
"""
CALLER = """\
name: caller
data: {file: rows.csv}
steps:
  - id: c
    action: run_flow
    config:
      flow: parts/called.yaml
      inputs: {count: 1}
  - {id: d, action: assert, config: {assertions: [c.total == 1]}}
"""


def places(found):
    return [(each["code"], each["line"], each["column"]) for each in found]


def judged(testmesh, *paths):
    done = testmesh("validate", "--format", "json", *paths)
    (file,) = json.loads(done.stdout)["files"]
    return done.returncode, places(file["faults"]), places(file["notes"])


@pytest.fixture
def family(write):
    write("rows.csv", "who\nada\n")
    write("parts/called.yaml", CALLED)

    def judged_with(testmesh, old="", new=""):
        assert old in CALLER
        write("caller.yaml", CALLER.replace(old, new) if old else CALLER)
        return judged(testmesh, "caller.yaml")

    return judged_with


def test_a_flow_whose_files_are_there_and_whose_calls_fit_is_valid(testmesh, family):
    assert family(testmesh) == (0, [], [])


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("rows.csv", "gone.csv", ("TM456", 2, 14)),
        ("parts/called.yaml", "parts/gone.yaml", ("TM456", 7, 13)),
        ("parts/called.yaml", "rows.yaml", ("TM456", 7, 13)),
        ("{count: 1}", "{count: 1, cuont: 2}", ("TM416", 8, 26)),
        ("{count: 1}", "{count: many}", ("TM416", 8, 23)),
    ],
)
def test_what_a_flow_names_and_does_not_fit_is_a_fault_at_its_place(testmesh, write, family, old, new, fault):
    write("rows.yaml", "- {who: ada}\n")

    assert family(testmesh, old, new) == (2, [fault], [])


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("{count: 1}", "{who: ada}", ("TM416", 7, 7)),
        ("c.total == 1", "c.totl == 1", ("TM402", 9, 53)),
        ("c.total == 1", "c.outputs.totl == 1", ("TM402", 9, 61)),
    ],
)
def test_what_may_come_from_elsewhere_or_is_never_there_is_a_note(testmesh, family, old, new, note):
    assert family(testmesh, old, new) == (0, [], [note])


def test_a_value_that_is_known_only_later_is_not_judged_before(testmesh, family):
    assert family(testmesh, "{count: 1}", '{count: "${who}"}') == (0, [], [])


def test_a_flow_that_is_called_by_name_is_looked_at_where_it_is_checked_too(testmesh, write):
    write("flows/called.yaml", CALLED)
    write("flows/caller.yaml", CALLER.replace("parts/called.yaml", "called").replace("rows.csv", "../rows.csv"))
    write("rows.csv", "who\nada\n")
    text = CALLER.replace("parts/called.yaml", "called").replace("rows.csv", "../rows.csv")

    fits = testmesh("validate", "flows")
    write("flows/caller.yaml", text.replace("{count: 1}", "{cuont: 1}"))
    other = testmesh("validate", "flows")
    alone = testmesh("validate", "flows/caller.yaml")

    assert (fits.returncode, other.returncode, alone.returncode) == (0, 2, 0), other.stdout
    assert 'TM416 the flow "called" has no input "cuont"; did you mean "count"?' in other.stdout


NOTED = """\
name: noted
steps:
  - {action: log, config: {message: "${frist} ${given}"}, output: {unread: message}}
"""


def test_notes_are_counted_in_the_last_line_and_strict_makes_them_exit_two(testmesh, write):
    write("a.yaml", NOTED)
    write("b.yaml", GOOD)
    write("bad/c.yaml", BAD)

    noted, strict = testmesh("validate", "a.yaml", "b.yaml"), testmesh("validate", "--strict", "a.yaml", "b.yaml")

    assert (noted.returncode, strict.returncode) == (0, 2)
    assert noted.stdout.splitlines()[-1] == strict.stdout.splitlines()[-1] == "2 valid (3 notes), 0 not valid"
    assert testmesh("validate", "--strict", "b.yaml").returncode == 0
    assert testmesh("validate").stdout.splitlines()[-1] == "2 valid (3 notes), 1 not valid (2 faults)"


def test_a_run_says_in_one_line_how_many_notes_its_flows_have(testmesh, write):
    write("a.yaml", NOTED)
    write("b.yaml", NOTED.replace("noted", "other"))
    write("c.yaml", GOOD)

    one = testmesh("run", "a.yaml", "c.yaml", "--var", "given=1", "--repeat", "2")
    several = testmesh("run", "--dry-run")

    assert "testmesh: 2 notes on a.yaml: `testmesh validate` shows them\n" in one.stderr
    assert "testmesh: 6 notes on 2 flows: `testmesh validate` shows them\n" in several.stderr


def test_a_variable_that_a_run_gives_is_no_note_of_it(testmesh, write):
    write("a.yaml", "name: a\nsteps: [{action: log, config: {message: '${who} ${where} ${home}'}}]\n")
    write("where.env", "where=here\n")
    write(".testmesh.yaml", "environments:\n  local:\n    variables: {home: 1}\n")

    ran = testmesh("run", "a.yaml", "--var", "who=me", "--var-file", "where.env", "--environment", "local")

    assert "note" not in ran.stderr, ran.stderr


def test_of_however_many_faulty_files_every_fault_is_told(testmesh, write):
    for number in range(130):
        write(f"flows/{number:03}.yaml", "name: a\nstesp: []\n")

    done = testmesh("validate", "flows")

    assert (done.returncode, done.stdout.count('✗ TM203 unknown key "stesp"')) == (2, 130)
