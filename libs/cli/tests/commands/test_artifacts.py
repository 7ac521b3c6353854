import hashlib
import json

import pytest

pytestmark = pytest.mark.integration


@pytest.fixture
def leave(api):
    """Lets the execution have a file."""

    def leave_file(name, content, path="pay", sha256=None, size=None):
        number = len(api.artifacts) + 1
        view = {
            "id": f"01a0c668-a0cc-744a-8087-{number:012d}", "execution_id": api.execution, "run": 1, "path": path,
            "name": name, "content_type": "text/plain", "size_bytes": len(content) if size is None else size,
            "sha256": sha256 or hashlib.sha256(content).hexdigest(), "created_at": "2026-09-21T23:59:00Z",
        }  # fmt: skip
        api.artifacts.append((view, content))
        return view

    return leave_file


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_file_has_a_line_whichever_page_it_is_on(testmesh, api, leave):
    leave("shot.png", b"x" * 2048)
    leave("a\x1b[31mred.txt", b"y", path=None)

    done = testmesh("artifacts", "list", api.execution, "--url", api.url, "--step", "pay")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "2.0 KiB  text/plain  pay  shot.png", "    1 B  text/plain  the flow  a\\x1b[31mred.txt"
    ]  # fmt: skip
    assert ("GET", f"/results/{api.execution}/artifacts", "limit=500&step=pay") in api.asked


def test_of_the_newest_execution_programs_get_json(testmesh, api, leave):
    api.views = [api.view("passed")]
    view = leave("shot.png", b"x")

    done = testmesh("artifacts", "list", "--url", api.url, "-o", "json")

    assert json.loads(done.stdout)["items"][0]["sha256"] == view["sha256"]


def test_files_are_written_under_names_that_are_safe_and_taken_once(testmesh, api, leave, tmp_path):
    for name, content in (("../../x.txt", b"1"), ("x.txt", b"2"), ("X.TXT", b"3"), ("..", b"4")):
        leave(name, content, path="pay[2]/login")

    done = testmesh("artifacts", "download", api.execution, "--url", api.url, "--into", "out")

    assert done.returncode == 0
    assert files_in(tmp_path / "out") == {
        "pay-2-login/x.txt": b"1", "pay-2-login/x-2.txt": b"2", "pay-2-login/X-3.TXT": b"3", "pay-2-login/unnamed": b"4"
    }  # fmt: skip
    assert len(done.stdout.splitlines()) == 4


def test_what_cannot_be_had_is_told_and_keeps_nothing_else_away(testmesh, api, leave, tmp_path):
    leave("changed.txt", b"not the one", sha256="ab" * 32)
    gone = leave("gone.txt", b"")
    api.refuses["GET", f"/artifacts/{gone['id']}"] = api.problem(410, "artifact_missing", "it was removed")
    leave("there.txt", b"fine")

    done = testmesh("artifacts", "download", api.execution, "--url", api.url)

    assert done.returncode == 6
    assert files_in(tmp_path / api.execution) == {"pay/there.txt": b"fine"}
    assert "downloading 'changed.txt' of step pay: 11 of 11 bytes came, and their digest is not" in done.stderr
    assert "[TM449]" in done.stderr
    assert "it was removed" in done.stderr


def test_an_execution_that_is_not_there_ends_with_5(testmesh, api):
    api.refuses["GET", f"/results/{api.execution}/artifacts"] = api.problem(404, "execution_not_found", "no")

    assert testmesh("artifacts", "list", api.execution, "--url", api.url).returncode == 5


def test_an_execution_without_files_says_so(testmesh, api):
    done = testmesh("artifacts", "list", api.execution, "--url", api.url)

    assert (done.returncode, done.stdout) == (0, "")
    assert f"execution {api.execution} has no artifacts" in done.stderr
