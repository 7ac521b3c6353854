"""What the first page and each further one make a browser fetch, within a budget."""

import gzip
import json
from typing import Any

import pytest
from tests.browser.conftest import BUILT

pytestmark = pytest.mark.e2e
KILOBYTE = 1000
SHELL_KB = 140
ROUTE_KB = 60


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    path = BUILT.parent / ".vite/manifest.json"
    if not path.is_file():
        pytest.fail("the dashboard is not built; run `make web`")
    read: dict[str, Any] = json.loads(path.read_text())
    return read


def files_of(manifest: dict[str, Any], name: str) -> set[str]:
    """Return the files that a chunk needs before it runs: itself, what it imports, their styles."""
    found: set[str] = set()
    open_chunks = [name]
    seen = set()
    while open_chunks:
        chunk = manifest[key := open_chunks.pop()]
        if key not in seen:
            seen.add(key)
            found |= {chunk["file"], *chunk.get("css", [])}
            open_chunks += chunk.get("imports", [])
    return found


def kilobytes(files: set[str]) -> float:
    return sum(len(gzip.compress((BUILT.parent / file).read_bytes(), 9)) for file in files) / KILOBYTE


def test_the_shell_is_small_enough_to_come_at_once(manifest: dict[str, Any]) -> None:
    assert 50 < kilobytes(files_of(manifest, "index.html")) <= SHELL_KB


def test_no_part_that_is_loaded_later_is_large(manifest: dict[str, Any]) -> None:
    shell = files_of(manifest, "index.html")
    needed = {name: files_of(manifest, name) - shell for name, chunk in manifest.items() if chunk.get("isDynamicEntry")}
    later = {}
    for name, files in needed.items():
        here = {
            one
            for other, found in needed.items()
            if other != name and manifest[other]["file"] in files
            for one in found
        }
        later[name] = kilobytes(files - here)

    assert {"src/executions/ExecutionsPage.tsx", "src/execution/ExecutionPage.tsx"} <= set(later)
    assert {name: size for name, size in later.items() if size > ROUTE_KB} == {}
