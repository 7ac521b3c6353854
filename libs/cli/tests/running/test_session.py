"""Whatever happens in a run, its reports are closed: what hangs on them is written."""

from pathlib import Path

import pytest

from testmesh_cli.errors import UsageError
from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.running import session
from testmesh_cli.running.request import RunRequest
from testmesh_cli.running.session import run_files
from testmesh_cli.sources import read_flows
from testmesh_cli.state.record import Record


class Told:
    """A report that notes what it hears, and breaks down where a test wants it to."""

    def __init__(self, breaks_in=None):
        self.breaks_in = breaks_in
        self.closed = []
        self.ended = []

    def begins(self, file, execution_id):
        self._breaks("begins")

    def begins_again(self, file, run):
        pass

    def waits(self, file, reason):
        pass

    def tells(self, file, event):
        pass

    def ends(self, result):
        self.ended.append(result.file.checked.name)

    def closes(self, results, code, seconds):
        self.closed.append(([result.status for result in results], code))
        self._breaks("closes")

    def _breaks(self, where):
        if self.breaks_in == where:
            raise ZeroDivisionError(where)


@pytest.fixture
def run(tmp_path, monkeypatch):
    for name in "ab":
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\nsteps: [{{action: assert, assert: [1 == 1]}}]\n")
    files = read_flows([tmp_path])

    async def with_reports(*reports, **more):
        monkeypatch.setattr(session, "standard_reports", lambda *_: list(reports))
        given = {"variables": {}, "var_names": (), "var_file": None, "seed": 1, "jobs": 1, "fail_fast": False}
        return await run_files(files, RunRequest(**given, output=None, together=files, **more))

    return with_reports


async def test_a_report_that_breaks_down_takes_no_other_with_it(run):
    first, second = Told("closes"), Told()

    with pytest.raises(ZeroDivisionError):
        await run(first, second)

    assert second.closed == [(["passed", "passed"], ExitCode.PASSED)]


async def test_what_breaks_down_inside_closes_the_reports_with_all_that_is_known(run):
    told = Told("begins")

    with pytest.raises(ZeroDivisionError):
        await run(told)

    assert told.closed == [(["error", "not_run"], ExitCode.ERROR)]


async def test_a_run_that_cannot_begin_closes_the_reports_with_its_own_code(run, monkeypatch):
    def refuse(*_):
        raise UsageError("no way in")

    monkeypatch.setattr(session, "FolderSources", refuse)
    told = Told()

    with pytest.raises(UsageError):
        await run(told)

    assert told.closed == [(["not_run", "not_run"], ExitCode.INVALID)]


async def test_artifacts_that_cannot_be_kept_are_no_green(run, tmp_path, monkeypatch):
    told = Told()
    monkeypatch.setattr(session.KeptArtifacts, "keep", lambda self, *_: setattr(self, "failed", True) or ["not kept"])

    code = await run(told, artifacts=Path(tmp_path / "out"))

    assert code is ExitCode.ERROR
    assert told.closed == [(["passed", "passed"], ExitCode.ERROR)]


async def test_a_memory_that_breaks_down_closes_the_reports_with_all_that_is_known(run, tmp_path):
    class Forgetful(Record):
        def remember(self, results, *, local, divided):
            raise ZeroDivisionError

    told = Told()

    with pytest.raises(ZeroDivisionError):
        await run(told, record=Forgetful(tmp_path / ".testmesh"))

    assert told.closed == [(["passed", "passed"], ExitCode.ERROR)]


async def test_while_flows_run_they_are_known_as_not_run(run, tmp_path):
    record, seen = Record(tmp_path / ".testmesh"), []

    class Looks(Told):
        def begins(self, file, execution_id):
            seen.append(record.not_passed())

    await run(Looks(), record=Record(tmp_path / ".testmesh"))

    assert seen[0] == {"a.yaml": "not_run", "b.yaml": "not_run"}
    assert record.not_passed() == {}
