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
