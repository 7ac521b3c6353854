"""What becomes of results when nothing can be written."""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from testmesh_cli.configuration.precedence import load_configuration
from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.running.request import RunRequest
from testmesh_cli.running.result import FlowResult
from testmesh_cli.sources import read_flow
from testmesh_cli.uploading.after_run import Uploads
from testmesh_contracts import uuid7

pytestmark = pytest.mark.integration
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def result(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("name: passes\nsteps:\n  - {id: hello, action: log, config: {message: hi}}\n")
    ended = FlowResult(read_flow(path), "passed", execution_id=str(uuid7()), duration_ms=1.0)
    return replace(ended, started_at=NOW, finished_at=NOW)


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    """Makes the uploads of a run where no folder at all can be written to."""
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    said = []

    def make(url):
        unsent = tmp_path / "file" / "unsent"
        request = RunRequest({}, (), None, 1, 1, False, None, unsent=unsent)
        return Uploads(request, load_configuration({"url": url}).server(), said.append), said

    return make


async def test_a_result_that_can_be_written_nowhere_is_sent_all_the_same(uploads, result, api):
    sending, said = uploads(api.url)
    await sending.keep(result)

    assert await sending.send(hurry=False) is ExitCode.PASSED
    assert [upload["id"] for upload in api.uploads] == [result.execution_id]
    assert "can be kept nowhere, and is lost if it cannot be sent" in said[0]


async def test_a_result_that_can_be_neither_written_nor_sent_is_told_as_lost(uploads, result, nobody):
    sending, said = uploads(nobody)
    await sending.keep(result)

    assert await sending.send(hurry=False) is ExitCode.SERVER
    assert said[-1].startswith("1 result is lost, neither written nor sent: 'passes'")
    assert not any("send again with" in words for words in said)
