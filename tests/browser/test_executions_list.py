"""The list of executions as its readers meet it: in a real browser, on the real product."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from tests.browser.conftest import Browse
from tests.house.running import House, wait

pytestmark = pytest.mark.e2e
BOTH = pytest.mark.parametrize("theme", ["light", "dark"])
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
ALL_WIDTHS = pytest.mark.parametrize("width", [1440, 1280, 1024, 900, 768, 390])
DESCRIBED = "name: {name}\nsteps:\n  - {{id: say, action: log, config: {{message: hello}}}}\n"


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Executions").locator("tbody").get_by_role("row")


def row_of(page: Page, flow: str) -> Locator:
    return rows(page).filter(has=page.get_by_role("link", name=flow, exact=True)).first


def until_live(page: Page) -> None:
    expect(page.get_by_role("button", name="Live updates: Live", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@BOTH
@ALL_WIDTHS
def test_the_list_has_no_barriers_and_no_sideways_scrolling(
    browse: Browse,
    seeded: dict[str, str],
    find_barriers: Callable[[Page], list[str]],
    overflow: Callable[[Page], int],
    screenshot: Callable[[Page, str], object],
    theme: str,
    width: int,
) -> None:
    page = browse("/executions", theme=theme, width=width)
    until_live(page)
    expect(page.get_by_role("link", name="refund", exact=True).first).to_be_visible()
    screenshot(page, f"executions-{theme}-{width}")

    assert find_barriers(page) == []
    assert overflow(page) <= 0
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    if width >= 900:
        flow = page.get_by_role("columnheader", name="Flow").bounding_box()
        assert flow is not None
        assert flow["width"] >= 200


@BOTH
@WIDTHS
@pytest.mark.parametrize(
    ("name", "path"),
    [("empty-filter", "/executions?status=cancelled"), ("not-found", "/no/such/page"), ("palette", None)],
)
def test_what_lies_beside_and_over_the_list_has_no_barriers_either(
    browse: Browse,
    seeded: dict[str, str],
    find_barriers: Callable[[Page], list[str]],
    overflow: Callable[[Page], int],
    screenshot: Callable[[Page, str], object],
    theme: str,
    width: int,
    name: str,
    path: str | None,
) -> None:
    page = browse(path or "/executions", theme=theme, width=width)
    until_live(page)
    if path is None:
        page.get_by_role("button", name="Search or run").click()
        expect(page.get_by_role("option", name="Run a flow")).to_be_visible()
    screenshot(page, f"{name}-{theme}-{width}")

    assert find_barriers(page) == []
    assert overflow(page) <= 0


def test_a_row_says_status_flow_trigger_and_why_it_failed(page: Page) -> None:
    failed, passed = row_of(page, "refund"), row_of(page, "checkout")

    expect(failed).to_contain_text("failed")
    expect(failed).to_contain_text("data.total == 129.9")
    expect(failed).to_contain_text("main")
    expect(failed).to_contain_text("4f2a9c1")
    expect(row_of(page, "inventory-sync")).to_contain_text("error")
    expect(passed).to_contain_text("passed")
    expect(passed).to_contain_text("v1")
    expect(passed.get_by_role("time")).to_have_attribute("title", re.compile("UTC"))


def test_a_long_name_ends_in_an_ellipsis_and_is_told_in_full(house: House, browse: Browse) -> None:
    name = "a flow with a name that is " + "much " * 40 + "too long"
    house.start_executions(DESCRIBED.format(name=name))
    for width in (1024, 768, 390):
        page = browse("/executions", width=width)
        link = page.get_by_role("link", name=name).first
        expect(link).to_have_attribute("title", re.compile(f"^{name}"))
        assert link.evaluate("link => getComputedStyle(link).textOverflow") == "ellipsis"
        assert link.evaluate("link => link.scrollWidth > link.clientWidth")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("width", [1280, 390])
def test_a_pass_with_warnings_does_not_look_like_any_pass(
    browse: Browse,
    house: House,
    seeded: dict[str, str],
    find_barriers: Callable[[Page], list[str]],
    screenshot: Callable[[Page, str], object],
    width: int,
) -> None:
    def warned(route: Route) -> None:
        told = route.fetch().json()
        for item in told["items"]:
            if item["id"] == seeded["passed"]:
                item["warnings"] = ["teardown failed: the cart is still there", "a hook was slow"]
        route.fulfill(json=told)

    page = browse("/no/such/page", width=width)
    page.route("**/api/v1/executions?*", warned)
    page.get_by_role("link", name="Go to the executions").click()
    item = page.locator("tr, li").filter(has=page.locator(f'a[href="/executions/{seeded["passed"]}"]'))

    expect(item).to_contain_text("passed")
    expect(item).to_contain_text("2 warnings")
    expect(item).to_contain_text("teardown failed: the cart is still there")
    expect(page.get_by_text("2 warnings")).to_have_count(1)
    item.scroll_into_view_if_needed()
    screenshot(page, f"executions-warned-{width}")
    assert find_barriers(page) == []


def test_a_new_execution_appears_live_and_goes_from_running_to_its_result(
    page: Page, slow_execution: Callable[[float], str]
) -> None:
    until_live(page)
    page.evaluate("window.sameDocument = true")

    execution_id = slow_execution(3)

    row = rows(page).filter(has=page.locator(f'a[href="/executions/{execution_id}"]'))
    expect(row).to_contain_text("running")
    expect(row).to_contain_text("passed")
    expect(rows(page).first).to_contain_text("slow")
    assert page.evaluate("window.sameDocument")


def test_a_running_execution_is_cancelled_from_its_row(page: Page, slow_execution: Callable[[float], str]) -> None:
    execution_id = slow_execution(600)
    row = rows(page).filter(has=page.locator(f'a[href="/executions/{execution_id}"]'))
    expect(row).to_contain_text("running")

    row.get_by_role("button", name="Cancel slow").click()

    expect(row).to_contain_text("cancelled")
    expect(row.get_by_role("button")).to_have_count(0)


def test_who_reads_further_down_is_told_of_new_ones_and_is_not_moved(
    browse: Browse, house: House, flows: dict[str, str], seeded: dict[str, str]
) -> None:
    house.api.post("/executions", json={"items": [{"flow_id": flows["checkout"]}] * 30})
    page = browse("/executions", height=500)
    until_live(page)
    expect(rows(page)).not_to_have_count(12)
    page.mouse.wheel(0, 700)
    wait(lambda: page.evaluate("window.scrollY") > 600, "the page to scroll", 10)
    place = page.evaluate("window.scrollY")

    house.start_executions(DESCRIBED.format(name="newcomer"), count=2)

    pill = page.get_by_role("button", name="2 new")
    expect(pill).to_be_visible()
    assert page.evaluate("window.scrollY") == place
    pill.click()
    expect(row_of(page, "newcomer")).to_be_in_viewport()
    expect(pill).to_have_count(0)


def test_the_filter_is_in_the_address_and_survives_a_reload(page: Page) -> None:
    page.get_by_role("navigation", name="Status").get_by_role("link", name="failed").click()

    expect(page).to_have_url(re.compile(r"/executions\?status=failed$"))
    expect(rows(page).filter(has_text="checkout")).to_have_count(0)
    expect(row_of(page, "refund")).to_be_visible()

    page.reload()

    expect(row_of(page, "refund")).to_be_visible()
    expect(rows(page).filter(has_text="checkout")).to_have_count(0)
    page.go_back()
    expect(row_of(page, "checkout")).to_be_visible()


def test_a_link_to_a_filtered_list_opens_it(browse: Browse, seeded: dict[str, str], flows: dict[str, str]) -> None:
    page = browse(f"/executions?status=error&flow={flows['inventory-sync']}")

    expect(row_of(page, "inventory-sync")).to_be_visible()
    expect(rows(page).filter(has_text="refund")).to_have_count(0)
    expect(page.get_by_role("button", name="Flow: inventory-sync")).to_be_visible()


def test_a_filter_without_a_match_says_so_and_offers_the_way_back(browse: Browse, seeded: dict[str, str]) -> None:
    page = browse("/executions?status=passed&flow=00000000-0000-7000-8000-000000000000")

    expect(page.get_by_role("heading", name="No executions match")).to_be_visible()
    expect(page.get_by_text("None of this flow is passed.")).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    expect(rows(page).first).to_be_visible()


def test_the_list_is_paged_there_and_back(browse: Browse, house: House, seeded: dict[str, str]) -> None:
    house.start_executions(DESCRIBED.format(name="many"), count=30)
    page = browse("/executions?limit=25")
    expect(rows(page)).to_have_count(25)
    expect(page.get_by_text("1\N{EN DASH}25 of ~")).to_be_visible()

    page.get_by_role("button", name="Next").click()
    expect(page).to_have_url(re.compile("cursor="))
    expect(page.get_by_text("26\N{EN DASH}")).to_be_visible()
    page.reload()
    expect(page.get_by_text("26\N{EN DASH}")).to_be_visible()

    page.get_by_role("button", name="Previous").click()
    expect(page.get_by_text("1\N{EN DASH}25 of ~")).to_be_visible()
    expect(page).not_to_have_url(re.compile("cursor="))


def test_the_list_is_walked_and_an_execution_opened_by_keys_alone(browse: Browse, seeded: dict[str, str]) -> None:
    page = browse("/executions?status=failed")
    until_live(page)
    expect(row_of(page, "refund")).to_be_visible()
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("k")
    expect(rows(page).nth(1).get_by_role("link")).to_be_focused()
    assert rows(page).nth(1).evaluate("row => getComputedStyle(row).outlineStyle") == "solid"
    assert rows(page).nth(0).evaluate("row => getComputedStyle(row).outlineStyle") == "none"

    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/executions/[0-9a-f-]{36}"))
    expect(page.get_by_role("heading", level=1)).to_have_text("refund")
    page.keyboard.press("g")
    page.keyboard.press("e")

    expect(page).to_have_url(re.compile(r"/executions$"))
    expect(page.get_by_role("heading", name="Executions", level=1)).to_be_focused()


def test_who_goes_back_to_the_list_is_at_the_row_that_was_opened(browse: Browse, seeded: dict[str, str]) -> None:
    page = browse("/executions?status=failed")
    until_live(page)
    expect(row_of(page, "refund")).to_be_visible()
    for _ in range(2):
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("refund")
    page.go_back()

    expect(rows(page).nth(1).get_by_role("link")).to_be_focused()
    assert rows(page).nth(1).evaluate("row => getComputedStyle(row).outlineWidth") == "2px"


@pytest.mark.parametrize("opener", ["Run", "Search or run", "Keyboard shortcuts"])
def test_what_is_closed_gives_the_focus_back(page: Page, opener: str) -> None:
    until_live(page)
    button = page.get_by_role("button", name=opener, exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_nonsense_in_an_address_is_the_default_on_the_page_and_in_the_request(
    browse: Browse, seeded: dict[str, str]
) -> None:
    page = browse("/no/such/page")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/v1/executions?" in request.url else None)
    page.goto("/executions?status=bogus&flow=nonsense&limit=7")
    expect(page.get_by_role("navigation", name="Status").get_by_role("link", name="all")).to_have_attribute(
        "aria-current", re.compile("true|page")
    )
    expect(row_of(page, "checkout")).to_be_visible()
    assert asked
    assert {re.sub(r".*\?", "", url) for url in asked} == {"limit=50"}

    page.goto(f"/executions/{seeded['passed']}?tab=bogus&filter=bogus&panel=bogus")
    expect(page.get_by_role("tab", name="Steps", exact=True)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("treegrid", name="Steps")).to_be_visible()


def test_rows_of_another_filter_are_never_shown_under_one_that_cannot_be_asked(
    page: Page, screenshot: Callable[[Page, str], object], complaints: list[str]
) -> None:
    until_live(page)
    expect(row_of(page, "checkout")).to_be_visible()
    page.route("**/api/v1/executions?*", lambda route: route.abort())
    page.get_by_role("navigation", name="Status").get_by_role("link", name="failed").click()

    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached")
    expect(rows(page)).to_have_count(0)
    screenshot(page, "executions-filter-unasked")
    page.unroute("**/api/v1/executions?*")
    page.get_by_role("button", name="Retry").click()
    expect(row_of(page, "refund")).to_be_visible()
    expect(rows(page).filter(has_text="checkout")).to_have_count(0)
    complaints.clear()


def test_a_filter_chosen_without_a_network_is_answered_when_it_is_back(page: Page, complaints: list[str]) -> None:
    until_live(page)
    page.context.set_offline(True)
    page.get_by_role("navigation", name="Status").get_by_role("link", name="failed").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(rows(page)).to_have_count(0)
    page.context.set_offline(False)

    expect(row_of(page, "refund")).to_be_visible()
    expect(rows(page).filter(has_text="checkout")).to_have_count(0)
    complaints.clear()


def test_a_flow_is_found_by_its_name_among_all_commands(page: Page) -> None:
    until_live(page)
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Type a command").press_sequentially("checkout")
    expect(page.get_by_role("option", name="Run checkout")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/executions/[0-9a-f-]{36}"))
    expect(page.get_by_role("heading", level=1)).to_have_text("checkout")


def test_keys_mean_nothing_while_somebody_writes_and_can_be_switched_off(page: Page) -> None:
    until_live(page)
    page.keyboard.press("/")
    page.get_by_placeholder("Find a flow").press_sequentially("r?j")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_have_count(0)
    page.keyboard.press("Escape")

    page.keyboard.press("?")
    page.get_by_role("switch", name="Single-key shortcuts").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("r")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_flow_is_run_from_the_palette_by_keys_alone(page: Page) -> None:
    until_live(page)
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Type a command").press_sequentially("run a")
    page.keyboard.press("Enter")
    page.get_by_placeholder("Which flow shall run?").press_sequentially("checkout")
    expect(page.get_by_role("option", name="checkout")).to_be_visible()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/executions/[0-9a-f-]{36}"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.go_back()
    newest = rows(page).first
    expect(newest).to_contain_text("checkout")
    expect(newest).to_contain_text("manual")


def test_an_environment_is_chosen_where_there_are_some(house: House, page: Page) -> None:
    made = house.api.post("/environments", json={"name": "staging", "variables": {}})
    assert made.status_code == 201, made.text
    try:
        until_live(page)
        page.keyboard.press("r")
        page.get_by_role("option", name="checkout").click()
        page.get_by_role("option", name="staging").click()
        expect(page).to_have_url(re.compile(r"/executions/[0-9a-f-]{36}"))
        page.go_back()
        expect(rows(page).first).to_contain_text("staging")
    finally:
        headers = {"If-Match": made.headers["ETag"]}
        house.api.delete(f"/environments/{made.json()['id']}", headers=headers)


def test_the_palette_opens_an_execution_by_its_id(page: Page, seeded: dict[str, str]) -> None:
    until_live(page)
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Type a command").fill(seeded["failed"])
    page.get_by_role("option", name="Open execution").click()

    expect(page).to_have_url(re.compile(seeded["failed"]))


def test_the_chosen_theme_is_there_before_the_page_and_stays(
    browse: Browse, seeded: dict[str, str], complaints: list[str]
) -> None:
    page = browse("/executions", theme="light")
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"

    page.route("**/assets/*.js", lambda route: route.abort())
    page.reload(wait_until="commit")

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert all("ERR_FAILED" in said for said in complaints)
    complaints.clear()


def test_a_refusal_is_shown_in_the_servers_words_and_can_be_retried(
    browse: Browse, seeded: dict[str, str], complaints: list[str]
) -> None:
    page = browse("/no/such/page")
    page.route(
        "**/api/v1/executions?*",
        lambda route: route.fulfill(
            status=400,
            content_type="application/problem+json",
            body='{"title": "Cursor not readable", "detail": "the cursor is of another list", "code": "cursor_invalid",'
            ' "type": "about:blank", "status": 400, "errors": [], "trace_id": "4bf92f35"}',
        ),
    )
    page.get_by_role("link", name="Go to the executions").click()
    card = page.get_by_role("alert")
    expect(card.get_by_role("heading", name="Cursor not readable")).to_be_visible()
    expect(card).to_contain_text("the cursor is of another list")
    expect(card).to_contain_text("4bf92f35")

    page.unroute("**/api/v1/executions?*")
    card.get_by_role("button", name="Retry").click()

    expect(rows(page).first).to_be_visible()
    expect(card).to_have_count(0)
    assert all("400" in said for said in complaints)
    complaints.clear()


def test_who_loses_the_network_is_told_so_and_misses_nothing(page: Page, house: House, complaints: list[str]) -> None:
    until_live(page)
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    expect(page.get_by_role("button", name="Live updates: Offline")).to_be_visible()

    started = house.start_executions(DESCRIBED.format(name="while-away"))[0]
    house.until_finished(started)
    page.context.set_offline(False)

    until_live(page)
    expect(row_of(page, "while-away")).to_contain_text("passed")
    complaints.clear()


def test_the_skip_link_is_first_and_leads_to_the_content(page: Page) -> None:
    until_live(page)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.get_by_role("main")).to_be_focused()


def test_a_list_whose_server_was_killed_in_mid_run_comes_back_and_ends_right(
    page: Page, house: House, slow_execution: Callable[[float], str], complaints: list[str]
) -> None:
    until_live(page)
    execution_id = slow_execution(4)
    row = rows(page).filter(has=page.locator(f'a[href="/executions/{execution_id}"]'))
    expect(row).to_contain_text("running")
    page.evaluate("window.sameDocument = true")

    killed = house.kill("api")
    expect(page.get_by_role("button", name="Live updates: Live", exact=True)).to_have_count(0)
    house.until_restarted("api", killed)

    expect(row).to_contain_text("passed", timeout=40_000)
    until_live(page)
    assert page.evaluate("window.sameDocument")
    complaints.clear()


@BOTH
def test_who_has_run_nothing_yet_is_told_how_to_begin(
    browse: Browse,
    find_barriers: Callable[[Page], list[str]],
    screenshot: Callable[[Page, str], object],
    theme: str,
) -> None:
    page = browse("/no/such/page", theme=theme)
    page.route("**/api/v1/executions?*", lambda route: route.fulfill(json={"items": []}))
    page.get_by_role("link", name="Go to the executions").click()
    expect(page.get_by_role("heading", name="No executions yet")).to_be_visible()
    screenshot(page, f"empty-first-run-{theme}")
    assert find_barriers(page) == []

    page.get_by_role("button", name="Copy the command").click()
    assert page.evaluate("navigator.clipboard.readText()") == "testmesh run --remote FLOW.yaml"
