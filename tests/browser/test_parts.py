"""What is loaded later: there before it is needed, and never able to take the shell with it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Browse
from tests.house.running import House, wait

pytestmark = pytest.mark.e2e
LIVE = "Live updates: Live"
PARTS = ("ExecutionPage", "LogsTab", "LogsView", "Palette", "HelpSheet", "ThemeMenu", "Toasts")
FETCHED = 'performance.getEntriesByType("resource").filter(entry => entry.responseEnd > 0).map(entry => entry.name)'


def until_all_is_here(page: Page) -> None:
    def is_here() -> bool:
        found = page.evaluate(FETCHED)
        return all(any(f"/assets/{part}-" in name for name in found) for part in PARTS)

    wait(is_here, "all parts to be fetched", 10)


def block(page: Page, part: str) -> None:
    page.route(re.compile(rf"/assets/{part}-"), lambda route: route.abort())


def expect_shell(page: Page) -> None:
    expect(page.get_by_role("banner").get_by_role("link", name="TestMesh, start")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Live updates: "))).to_be_visible()


def test_with_the_server_away_all_parts_of_the_app_are_there(
    browse: Browse, house: House, seeded: dict[str, str], complaints: list[str]
) -> None:
    page = browse("/executions?status=failed")
    expect(page.get_by_role("button", name=LIVE, exact=True)).to_be_visible()
    until_all_is_here(page)
    page.evaluate("window.notReloaded = true")
    page.get_by_role("link", name="refund", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("refund")
    killed = house.kill("api")

    page.get_by_role("tab", name="Logs", exact=True).first.click()
    expect(page.get_by_role("searchbox", name="Search log lines")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(page.get_by_role("switch", name="Single-key shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect_shell(page)

    house.until_restarted("api", killed)
    expect(page.get_by_role("button", name=LIVE, exact=True)).to_be_visible(timeout=40_000)
    assert page.evaluate("window.notReloaded")
    complaints.clear()


@pytest.mark.parametrize("heals", ["by itself", "on request"])
def test_a_tab_that_cannot_be_fetched_leaves_the_shell_and_heals(
    browse: Browse,
    seeded: dict[str, str],
    screenshot: Callable[[Page, str], object],
    complaints: list[str],
    heals: str,
) -> None:
    page = browse("/no/such/page")
    page.wait_for_load_state("networkidle")
    block(page, "LogsTab")
    page.goto(f"/executions/{seeded['passed']}")
    page.evaluate("window.notReloaded = true")
    page.get_by_role("tab", name="Logs", exact=True).click()
    card = page.get_by_role("alert")
    expect(card).to_contain_text("This part is not here yet")
    expect_shell(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("checkout")
    screenshot(page, "part-missing")

    page.unroute(re.compile(r"/assets/LogsTab-"))
    if heals == "on request":
        card.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("searchbox", name="Search log lines")).to_be_visible()
    expect(card).to_have_count(0)
    assert page.evaluate("window.notReloaded")
    complaints.clear()


def test_a_page_that_cannot_be_fetched_leaves_the_shell_and_heals(
    browse: Browse, seeded: dict[str, str], complaints: list[str]
) -> None:
    page = browse("/no/such/page")
    page.wait_for_load_state("networkidle")
    block(page, "ExecutionPage")
    page.goto("/executions?status=failed")
    page.evaluate("window.notReloaded = true")
    page.get_by_role("link", name="refund", exact=True).first.click()
    expect(page.get_by_role("alert")).to_contain_text("This part is not here yet")
    expect_shell(page)

    page.unroute(re.compile(r"/assets/ExecutionPage-"))
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("refund")
    assert page.evaluate("window.notReloaded")
    complaints.clear()


def test_a_palette_that_cannot_be_fetched_is_said_to_be_missing_and_can_be_put_away(
    browse: Browse, seeded: dict[str, str], complaints: list[str]
) -> None:
    page = browse("/no/such/page")
    page.wait_for_load_state("networkidle")
    block(page, "Palette")
    page.goto("/executions")
    page.get_by_role("button", name="Search or run").click()
    expect(page.get_by_role("alert")).to_contain_text("This part is not here yet")
    expect_shell(page)
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("alert")).to_have_count(0)

    page.unroute(re.compile(r"/assets/Palette-"))
    page.get_by_role("button", name="Search or run").click()
    expect(page.get_by_role("option", name="Run a flow")).to_be_visible()
    complaints.clear()
