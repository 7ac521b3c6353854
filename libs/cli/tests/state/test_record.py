import json
import os
import threading

import pytest

from testmesh_cli.configuration.files import find_files
from testmesh_cli.errors import UsageError
from testmesh_cli.running.result import FlowResult
from testmesh_cli.selection.parts import Part
from testmesh_cli.sources import FlowFile
from testmesh_cli.state import turn
from testmesh_cli.state.folder import state_folder
from testmesh_cli.state.kept import KeptError, read_kept, write_kept
from testmesh_cli.state.record import Record

PART = Part("-t x", 1, 2, frozenset((1,)))


@pytest.fixture
def record(tmp_path):
    return Record(tmp_path / ".testmesh")


@pytest.fixture
def result(tmp_path):
    def make(name, status, took=5.0, part=None):
        path = tmp_path / f"{name}.yaml"
        path.touch()
        return FlowResult(FlowFile(path, b"", None, part=part), status, duration_ms=took)

    return make


def remember(record, *results, local=True, divided=False):
    return record.remember(results, local=local, divided=divided)


def recorded(folder):
    return json.loads((folder / ".testmesh" / "durations.json").read_text())["milliseconds"]


def test_the_state_is_beside_the_configuration_found_upward_else_here(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)

    assert state_folder(find_files(tmp_path / "a" / "b", {})) == tmp_path / "a" / "b" / ".testmesh"
    (tmp_path / ".testmesh.yaml").touch()
    assert state_folder(find_files(tmp_path / "a" / "b", {})) == tmp_path / ".testmesh"


def test_what_did_not_pass_is_known_until_it_passes(record, result):
    remember(record, result("a", "failed"), result("b", "error"), result("c", "passed"), result("d", "not_run"))
    assert record.not_passed() == {"a.yaml": "failed", "b.yaml": "error", "d.yaml": "not_run"}

    remember(record, result("a", "passed"), result("c", "cancelled"))
    assert record.not_passed() == {"b.yaml": "error", "c.yaml": "cancelled", "d.yaml": "not_run"}


def test_a_part_of_a_flow_that_passes_does_not_undo_a_failure(record, result):
    remember(record, result("a", "failed"))
    remember(record, result("a", "passed", part=PART))
    assert record.not_passed() == {"a.yaml": "failed"}

    remember(record, result("b", "failed", part=PART))
    assert record.not_passed() == {"a.yaml": "failed", "b.yaml": "failed"}


def test_of_a_flow_that_was_repeated_every_time_has_to_pass(record, result):
    remember(record, result("a", "passed"), result("a", "failed"), result("a", "passed"))

    assert record.not_passed() == {"a.yaml": "failed"}


def test_a_flow_whose_file_is_gone_is_forgotten(record, result, tmp_path):
    remember(record, result("a", "failed"), result("b", "passed"))
    (tmp_path / "a.yaml").unlink()
    (tmp_path / "b.yaml").unlink()
    remember(record, result("c", "passed", 7.0))

    assert record.not_passed() == {}
    assert recorded(tmp_path) == {"c.yaml": 7}


def test_durations_are_those_of_whole_flows_that_passed_here_and_not_in_a_shard(record, result, tmp_path):
    remember(record, result("a", "passed", 12.6), result("b", "failed"), result("c", "passed", part=PART))
    remember(record, result("d", "passed"), local=False)
    remember(record, result("e", "passed"), divided=True)

    assert recorded(tmp_path) == {"a.yaml": 13}


def test_durations_go_to_the_file_that_is_named(tmp_path, result):
    named = tmp_path / "ci" / "durations.json"
    remember(Record(tmp_path / ".testmesh", named), result("a", "passed"))

    assert json.loads(named.read_text()) == {"version": 1, "milliseconds": {"a.yaml": 5}}
    assert not (tmp_path / ".testmesh" / "durations.json").exists()


BROKEN = [
    "",
    '{"version": 2, "not_passed": {}}',
    "[]",
    "{",
    '{"version": 2}',
    '{"version": 1}',
    '{"version": 1, "not_passed": {"a": 1}}',
    "[" * 100_000,
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_record_is_told_of_once_and_can_be_written_anew(tmp_path, result, text):
    (tmp_path / ".testmesh").mkdir()
    (tmp_path / ".testmesh" / "last-run.json").write_text(text)
    record = Record(tmp_path / ".testmesh")

    assert record.not_passed() is None
    assert len(record.notes) == 1
    assert remember(record, result("a", "failed")) == []
    assert record.not_passed() == {"a.yaml": "failed"}


def test_a_broken_record_that_nobody_read_is_told_of_when_it_is_lost(tmp_path, record, result):
    (tmp_path / ".testmesh").mkdir()
    for name in ("last-run.json", "durations.json"):
        (tmp_path / ".testmesh" / name).write_text("{")

    notes = remember(record, result("a", "passed"))

    assert [f"{name}.json holds no JSON" in note for name, note in zip(("last-run", "durations"), notes, strict=True)]


@pytest.mark.parametrize(
    "text", ["{", '{"version": 1, "milliseconds": {"a": -1}}', '{"version": 1, "milliseconds": {"a": true}}']
)
def test_broken_durations_are_refused_where_shards_are_divided_by_them(tmp_path, text):
    path = tmp_path / "durations.json"
    path.write_text(text)

    for named in (path, tmp_path / "gone.json"):
        with pytest.raises(UsageError, match="--durations"):
            Record(tmp_path / ".testmesh", named).durations()


def test_a_folder_that_cannot_be_made_is_a_note_and_nothing_else(tmp_path, record, result):
    (tmp_path / ".testmesh").write_text("a file is in the way")

    (note,) = remember(record, result("a", "failed"))

    assert "this run is not remembered" in note


def test_version_control_passes_over_the_folder_and_a_file_of_ones_own_stays(tmp_path, record, result):
    remember(record, result("a", "passed"))
    ignore = tmp_path / ".testmesh" / ".gitignore"
    assert "*" in ignore.read_text().splitlines()

    ignore.write_text("last-run.json\n")
    remember(record, result("a", "passed"))
    assert ignore.read_text() == "last-run.json\n"


def test_a_document_that_cannot_be_replaced_is_as_it_was_and_nothing_is_left_over(tmp_path, monkeypatch):
    path = tmp_path / "x.json"
    write_kept(path, {"a": 1})
    monkeypatch.setattr(type(path), "replace", lambda *_: (_ for _ in ()).throw(OSError(28, os.strerror(28))))

    with pytest.raises(KeptError, match="No space left"):
        write_kept(path, {"a": 2})

    assert read_kept(path) == {"version": 1, "a": 1}
    assert [found.name for found in tmp_path.iterdir()] == ["x.json"]


def test_a_file_name_that_is_no_unicode_is_remembered(tmp_path, record):
    path = tmp_path / os.fsdecode(b"\xff.yaml")
    path.touch()
    remember(record, FlowResult(FlowFile(path, b"", None), "failed"))

    assert record.not_passed() == {os.fsdecode(b"\xff.yaml"): "failed"}


def test_a_run_that_is_killed_leaves_its_flows_as_not_run_and_what_was_worse_as_it_was(tmp_path, record, result):
    remember(record, result("a", "failed"), result("b", "passed"), result("c", "passed"))
    running = Record(tmp_path / ".testmesh")

    assert running.begin([result(name, "passed").file for name in "ab"]) == []

    assert record.not_passed() == {"a.yaml": "failed", "b.yaml": "not_run"}


def test_a_run_that_ends_takes_back_what_it_said_when_it_began_also_of_parts(tmp_path, record, result):
    remember(record, result("a", "failed"))
    results = [result("a", "passed", part=PART), result("b", "passed", part=PART), result("c", "passed")]

    record.begin([one.file for one in results])
    remember(record, *results)

    assert record.not_passed() == {"a.yaml": "failed"}


def test_runs_that_end_at_once_lose_nothing_of_one_another(tmp_path, result):
    results = [result(f"f{number}", "failed") for number in range(60)]
    threads = [threading.Thread(target=remember, args=(Record(tmp_path / ".testmesh"), one)) for one in results]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(Record(tmp_path / ".testmesh").not_passed()) == 60


def test_who_cannot_have_the_turn_says_so_and_writes_nothing(tmp_path, record, result, monkeypatch):
    monkeypatch.setattr(turn, "LONGEST_S", 0.0)
    remember(record, result("a", "failed"))

    with turn.turn(tmp_path / ".testmesh"):
        (note,) = remember(record, result("b", "failed"))

    assert "held by another run" in note
    assert record.not_passed() == {"a.yaml": "failed"}


@pytest.mark.parametrize("key", ["x" * 300 + ".yaml", "a\0b.yaml"])
def test_a_name_that_no_file_can_have_is_forgotten(tmp_path, record, result, key):
    (tmp_path / ".testmesh").mkdir()
    write_kept(tmp_path / ".testmesh" / "last-run.json", {"not_passed": {key: "failed"}})
    write_kept(tmp_path / ".testmesh" / "durations.json", {"milliseconds": {key: 1}})

    assert remember(record, result("a", "passed")) == []
    assert (record.not_passed(), recorded(tmp_path)) == ({}, {"a.yaml": 5})


@pytest.mark.parametrize("text", ["name: a flow\n", '{"version": 2}'])
def test_a_named_file_that_is_no_record_of_durations_is_never_overwritten(tmp_path, result, text):
    named = tmp_path / "mine.yaml"
    named.write_text(text)
    record = Record(tmp_path / ".testmesh", named)

    with pytest.raises(UsageError, match="not overwritten"):
        record.assert_replaceable()
    (note,) = remember(record, result("a", "passed"))

    assert "mine.yaml" in note
    assert named.read_text() == text
