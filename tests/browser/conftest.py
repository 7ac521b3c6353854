"""A running house, a real Chromium, and pages that fail their test when they complain."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.house.running import House, running_house

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "services/dashboard"
BUILT = ROOT / "services/api/src/testmesh_api/static/index.html"
SCREENSHOTS = ROOT / "browser-results"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
AXE = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE_MS = 10_000
HEIGHT = 900

Browse = Callable[..., Page]

FLOWS = {
    "checkout": """\
name: checkout
tags: [smoke]
steps:
  - {id: cart, action: set, config: {total: 129.9}}
  - {id: pay, action: assert, config: {data: {paid: true}}, assert: [data.paid == true]}
""",
    "refund": """\
name: refund
steps:
  - {id: amount, action: assert, config: {data: {total: "129.9"}}, assert: [data.total == 129.9]}
""",
    "inventory-sync": """\
name: inventory-sync
steps:
  - {id: stock, action: http_request, config: {method: GET, url: "http://127.0.0.1:9/stock"}}
""",
}
SLOW = """\
name: slow
inputs: {{}}
steps:
  - {{id: wait, action: delay, config: {{duration: {seconds}s}}}}
"""


def _missing(what: str) -> None:
    """A peer that tests need is not here: they are skipped, and said to be, unless it is required."""
    if os.environ.get("TESTMESH_REQUIRE_PEERS") == "1":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The whole product, with its pages, for all browser tests."""
    if not BUILT.is_file():
        _missing("the dashboard is not built; run `make web`")
    with running_house(tmp_path_factory.mktemp("browsed") / "data", runners=2) as running:
        yield running


@pytest.fixture(scope="session")
def flows(house: House) -> dict[str, str]:
    """Stored flows by name: one that passes, one that fails, one that cannot be judged."""
    found = {}
    for name, source in FLOWS.items():
        answer = house.api.post("/flows", content=source, headers={"Content-Type": "application/yaml"})
        assert answer.status_code == 201, answer.text
        found[name] = answer.json()["id"]
    return found


@pytest.fixture(scope="session")
def seeded(house: House, flows: dict[str, str]) -> dict[str, str]:
    """Finished executions by status."""
    labels = {"branch": "main", "commit": "4f2a9c1d7be0"}
    orders = [{"flow_id": flow_id, "labels": labels, "trigger_type": "ci"} for flow_id in flows.values()]
    answer = house.api.post("/executions", json={"items": orders * 3})
    assert answer.status_code == 202, answer.text
    finished = [house.until_finished(item["id"]) for item in answer.json()["items"]]
    by_status = {found["status"]: found["id"] for found in finished}
    assert set(by_status) == {"passed", "failed", "error"}
    return by_status


@pytest.fixture
def slow_execution(house: House) -> Callable[[float], str]:
    """Start an execution that runs for some seconds; return its id."""
    return lambda seconds: house.start_executions(SLOW.format(seconds=seconds))[0]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; of a module, because Playwright's loop lets no other run beside it."""
    found = os.environ.get("TESTMESH_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        _missing(f"no browser found (looked for {', '.join(BROWSERS)}); on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        is_root = os.geteuid() == 0
        flags = [*FLAGS, "--no-sandbox"] if is_root else FLAGS
        browser = playwright.chromium.launch(executable_path=found, args=flags, chromium_sandbox=not is_root)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What pages wrote on the console as errors, or threw; a test that provokes some clears them."""
    return []


@pytest.fixture
def browse(house: House, browser: Browser, complaints: list[str]) -> Iterator[Browse]:
    """Open pages of the product: `browse("/executions", theme="dark", width=390)`."""
    contexts = []

    def opened(
        path: str, *, theme: Literal["light", "dark"] = "light", width: int = 1280, height: int = HEIGHT
    ) -> Page:
        context = browser.new_context(
            base_url=house.record["url"],
            color_scheme=theme,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(browse: Browse, seeded: dict[str, str]) -> Page:
    """The list of executions, with some in it."""
    return browse("/executions")


@pytest.fixture(scope="session")
def axe_source() -> str:
    script = DASHBOARD / "node_modules/axe-core/axe.min.js"
    if not script.is_file():
        _missing("axe-core is not installed; run `make web`")
    return script.read_text()


@pytest.fixture
def find_barriers(axe_source: str) -> Callable[[Page], list[str]]:
    """Let axe look at a page: each violation, and each contrast that it could not judge, as a line."""

    def found(page: Page) -> list[str]:
        page.evaluate(axe_source)
        report: dict[str, Any] = page.evaluate(
            "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations', 'incomplete']})", AXE
        )
        unsure = [rule for rule in report["incomplete"] if rule["id"] == "color-contrast"]
        return [
            f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
            for rule in [*report["violations"], *unsure]
            for node in rule["nodes"]
        ]

    return found


@pytest.fixture
def overflow() -> Callable[[Page], int]:
    """By how many pixels a page is wider than its window."""
    return lambda page: page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.fixture
def screenshot() -> Callable[[Page, str], Path]:
    """Keep a picture of a page in `browser-results/`, to be looked at."""

    def taken(page: Page, name: str) -> Path:
        path = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return taken
