"""The dashboard beside the routes: its pages at every address of its own, and at none of the API's."""

from pathlib import Path

import httpx
import pytest

from testmesh_api.dashboard import serve_dashboard
from testmesh_api.wiring import create_app

SCRIPT = "console.log('shell');\n" * 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / ".vite").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>TestMesh</title>")
    (tmp_path / "theme.js").write_text("// theme")
    (tmp_path / "assets" / "index-1a2b3c.js").write_text(SCRIPT)
    (tmp_path / ".vite" / "manifest.json").write_text("{}")
    return tmp_path


def client(folder: Path) -> httpx.AsyncClient:
    app = create_app()
    serve_dashboard(app, folder)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testmesh")


@pytest.mark.parametrize("path", ["/", "/executions", "/executions/01a0c668", "/executions?status=failed"])
async def test_every_address_of_a_page_gives_the_app_which_is_asked_for_each_time(folder, path):
    answer = await client(folder).get(path)

    assert answer.status_code == 200
    assert "<title>TestMesh</title>" in answer.text
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_a_page_that_has_not_changed_is_not_sent_again(folder):
    first = await client(folder).get("/")
    again = await client(folder).get("/executions", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304


async def test_files_with_their_digest_in_the_name_are_kept_for_ever_and_sent_compressed(folder):
    answer = await client(folder).get("/assets/index-1a2b3c.js", headers={"Accept-Encoding": "gzip"})

    assert answer.text == SCRIPT
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"].startswith("text/javascript")


async def test_pages_let_nothing_run_that_is_not_ours(folder):
    for path in ("/", "/theme.js", "/assets/index-1a2b3c.js"):
        headers = (await client(folder).get(path)).headers
        policy = headers["Content-Security-Policy"]

        assert "default-src 'self'" in policy
        assert "script-src" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nothing",
        "/api",
        "/assets/index-gone.js",
        "/assets/nothing",
        "/gone.txt",
        "/.vite/manifest.json",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
    ],
)
async def test_what_is_not_there_is_a_problem_and_no_page(folder, path):
    (folder.parent / "secret.txt").write_text("secret")

    answer = await client(folder).get(path)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_routes_keep_their_methods_and_the_reference_is_still_there(folder):
    async with client(folder) as asked:
        wrong_method = await asked.delete("/api/v1/flows")
        document = await asked.get("/openapi.json")
        reference = await asked.get("/docs")

    assert wrong_method.status_code == 405
    assert document.json()["info"]["title"] == "TestMesh"
    assert "swagger" in reference.text
    assert "Content-Security-Policy" not in reference.headers


async def test_pages_are_read_and_not_written(folder):
    assert (await client(folder).post("/executions")).status_code == 404
    assert (await client(folder).head("/executions")).status_code == 200


async def test_without_a_build_the_first_page_says_how_to_make_it_and_the_api_works(tmp_path):
    async with client(tmp_path / "nothing") as asked:
        page = await asked.get("/")
        deeper = await asked.get("/executions")
        document = await asked.get("/openapi.json")

    assert page.status_code == 503
    assert "make web" in page.text
    assert deeper.status_code == 404
    assert document.status_code == 200
