"""The page of one execution, in a real browser on a running house: what it shows, live, and what it never shows."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from tests.house.running import House

pytestmark = pytest.mark.e2e

Browse = Callable[..., Page]

PASSED = """\
name: A lamp is on stock
setup:
  - {id: customer, action: set, config: {email: ada@example.org}}
steps:
  - {id: stock, name: Look at the stock, action: assert, config: {data: {lamps: 3}}, assert: [data.lamps == 3]}
  - {id: note, action: log, config: {message: "a note for ${email}"}}
teardown:
  - {id: goodbye, action: log, config: {message: bye}}
outputs: {email: email}
"""
FAILED = """\
name: Order a lamp
steps:
  - {id: cart, name: Fill the cart, action: set, config: {quantity: 2}}
  - id: pay
    name: Pay for the lamps
    action: assert
    retry: {max_attempts: 2, delay: 20ms, on: [assertion]}
    config: {data: {total: "129.90", order: {currency: EUR, lines: [1, 2]}}}
    assert:
      - len(data.order.lines) == 2
      - that: data.total == 129.90
        message: the total of ${quantity} lamps
      - 'data.order == {"currency": "USD", "lines": [1, 2]}'
  - {id: ship, action: log, config: {message: never}}
"""
ERROR = """\
name: Ask a warehouse that is not there
steps:
  - {id: stock, name: Ask, action: http_request, config: {method: GET, url: "http://127.0.0.1:9/stock"}}
"""
REPEATED = """\
name: Repeated in every way
env: {tries: 0}
data: [{product: lamp}, {product: mug}]
steps:
  - id: each
    action: for_each
    config: {range: 2, steps: [{id: check, action: assert, config: {assertions: [item < 2]}}]}
  - id: again
    action: group
    retry: {max_attempts: 2}
    config:
      steps:
        - {id: count, action: set, config: {tries: "${tries + 1}"}}
        - {id: enough, action: assert, config: {assertions: [tries == 2]}}
"""
STATUSES = ("passed", "failed", "error", "running")
WITHIN_MS = 30_000


def slow(parts: int, each: str, *, name: str = "A slow one", last: str = "") -> str:
    steps = "".join(
        f"  - {{id: part_{n}, action: delay, config: {{duration: {each}}}}}\n"
        f"  - {{id: said_{n}, action: log, config: {{message: part {n} is done}}}}\n"
        for n in range(1, parts + 1)
    )
    return f"name: {name}\nsteps:\n{steps}{last}teardown:\n  - {{id: clean, action: log, config: {{message: clean}}}}\n"


def rows(page: Page) -> Locator:
    return page.get_by_role("treegrid", name="Steps").locator("[role=row][data-path]")


def row(page: Page, path: str) -> Locator:
    return page.get_by_role("treegrid", name="Steps").locator(f'[data-path="{path}"]')


def shown_steps(page: Page) -> dict[str, str]:
    """What the waterfall shows, by path: statuses, phases left out."""
    found = rows(page).evaluate_all("rows => rows.map(row => [row.dataset.path, row.dataset.status])")
    return {path: status for path, status in found if not path.startswith("phase:")}


def recorded_steps(execution: dict[str, Any]) -> dict[str, str]:
    return {step["path"]: step["status"] for step in execution["steps"] if step["run"] == execution["run"]}


@pytest.fixture(scope="module")
def executions(house: House) -> dict[str, str]:
    """Finished executions by status."""
    found = {}
    for status, source in {"passed": PASSED, "failed": FAILED, "error": ERROR}.items():
        (found[status],) = house.start_executions(source, labels={"branch": "main"})
        assert house.until_finished(found[status])["status"] == status
    return found


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("status", STATUSES)
def test_the_page_has_no_barriers_in_either_theme_wide_or_narrow(
    status: str,
    theme: str,
    width: int,
    house: House,
    executions: dict[str, str],
    browse: Browse,
    find_barriers: Callable[[Page], list[str]],
    overflow: Callable[[Page], int],
    screenshot: Callable[[Page, str], Path],
) -> None:
    execution = executions.get(status) or house.start_executions(slow(3, "20s"))[0]
    page = browse(f"/executions/{execution}", theme=theme, width=width)

    expect(page.get_by_role("banner").or_(page.get_by_role("main")).get_by_text(status).first).to_be_visible()
    expect(rows(page).first).to_be_visible()
    barriers = find_barriers(page)
    for tab in ("Logs", "Details") if status == "passed" else ():
        page.get_by_role("tab", name=tab, exact=True).first.click()
        page.get_by_role("tabpanel").first.wait_for()
        barriers += find_barriers(page)
        assert overflow(page) <= 0, tab
    page.get_by_role("tab", name="Steps", exact=True).click()
    screenshot(page, f"execution-{status}-{theme}-{width}")
    if status == "running":
        house.api.post(f"/executions/{execution}/cancel")

    assert barriers == []
    assert overflow(page) <= 0


@pytest.mark.parametrize("width", [768, 1024])
def test_the_page_fits_windows_between_wide_and_narrow(
    width: int, executions: dict[str, str], browse: Browse, overflow: Callable[[Page], int]
) -> None:
    page = browse(f"/executions/{executions['failed']}", width=width)
    expect(rows(page).first).to_be_visible()

    assert overflow(page) <= 0


@pytest.mark.parametrize("tab", ["Input", "Output", "Assertions 1/3", "Attempts 2", "Logs", "Artifacts"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_part_of_a_step_has_no_barriers(
    tab: str, theme: str, executions: dict[str, str], browse: Browse, find_barriers: Callable[[Page], list[str]]
) -> None:
    page = browse(f"/executions/{executions['failed']}", theme=theme)
    panel = page.get_by_role("region", name="Step Pay for the lamps")
    panel.get_by_role("tab", name=tab).click()

    expect(panel.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    assert find_barriers(page) == []


def test_a_file_that_a_step_left_is_listed_with_it_and_saved_as_it_was_kept(house: House, browse: Browse) -> None:
    part = "lamp " * 20_000
    source = (
        'name: Large\ninputs: {part: {}}\nsteps: [{id: big, action: set, config: {all: "${part + part + part}"}}]\n'
    )
    (execution,) = house.start_executions(source, inputs={"part": part})
    house.until_finished(execution)
    page = browse(f"/executions/{execution}?step=big&panel=artifacts")
    link = page.get_by_role("region", name="Step big").get_by_role("link", name="input.all")
    with page.expect_download() as saving:
        link.click()

    assert saving.value.suggested_filename == "input.all"
    assert Path(saving.value.path()).read_text() == part * 3


@pytest.mark.parametrize("width", [1280, 390])
def test_a_failed_execution_opens_at_its_failure_with_expected_and_actual_in_view(
    width: int, executions: dict[str, str], browse: Browse
) -> None:
    page = browse(f"/executions/{executions['failed']}", width=width)
    failure = page.locator("[data-assertion=failed]").first

    expect(failure).to_be_in_viewport()
    expect(failure.get_by_text("129.90 (number)")).to_be_in_viewport()
    expect(failure.get_by_text('"129.90" (string)')).to_be_in_viewport()
    expect(failure.get_by_text("the total of 2 lamps")).to_be_visible()
    expect(failure.get_by_text("11:15")).to_be_visible()
    expect(row(page, "pay")).to_have_attribute("aria-selected", "true")
    expect(row(page, "pay")).to_be_in_viewport()
    expect(row(page, "ship")).to_have_attribute("data-status", "skipped")
    expect(page).to_have_title(re.compile("✗ failed · Order a lamp"))


def test_a_difference_shows_what_was_expected_and_what_was_there(executions: dict[str, str], browse: Browse) -> None:
    page = browse(f"/executions/{executions['failed']}?panel=assertions")
    difference = page.locator("[data-assertion=failed]").nth(1)

    expect(difference.get_by_text(".currency")).to_be_visible()
    expect(difference.get_by_text("expected").first.locator("..")).to_contain_text("USD")
    expect(difference.get_by_text("actual").first.locator("..")).to_contain_text("EUR")


def test_rows_passes_and_attempts_are_told_apart_and_none_of_them_is_said_not_to_have_run(
    house: House, browse: Browse
) -> None:
    (execution,) = house.start_executions(REPEATED)
    recorded = house.until_finished(execution)
    assert recorded["status"] == "passed"
    page = browse(f"/executions/{execution}")

    expect(row(page, "each[1]/check[0]")).to_contain_text("[0]")
    expect(row(page, "again[1]/enough")).to_contain_text("attempt 1")
    expect(row(page, "again[1]/enough@2")).to_contain_text("attempt 2")
    assert shown_steps(page) == recorded_steps(recorded)
    expect(page.get_by_role("button", name=re.compile("failure"))).to_have_count(0)
    expect(page.get_by_role("region", name=re.compile("^Step "))).to_have_count(0)


def test_an_error_does_not_look_like_a_failed_assertion_nor_like_a_pass(
    executions: dict[str, str], browse: Browse
) -> None:
    page = browse(f"/executions/{executions['error']}")

    expect(page.get_by_role("region", name="Step Ask")).to_contain_text("connection refused")
    expect(page.locator("[data-assertion=failed]")).to_have_count(0)
    expect(page.get_by_role("main").get_by_text("passed")).to_have_count(0)
    expect(page).to_have_title(re.compile("⚠ error"))


def test_a_step_s_address_opens_it(executions: dict[str, str], browse: Browse) -> None:
    page = browse(f"/executions/{executions['passed']}?step=stock&panel=input")

    expect(page.get_by_role("region", name="Step Look at the stock")).to_contain_text("lamps")
    expect(row(page, "stock")).to_have_attribute("aria-selected", "true")

    row(page, "note").click()

    expect(page).to_have_url(re.compile(r"[?&]step=note"))
    expect(page.get_by_role("region", name="Step note")).to_be_visible()


def test_the_waterfall_is_gone_through_by_keys_alone(executions: dict[str, str], browse: Browse) -> None:
    page = browse(f"/executions/{executions['passed']}")
    grid = page.get_by_role("treegrid", name="Steps")
    expect(row(page, "note")).to_be_visible()
    grid.focus()
    page.keyboard.press("ArrowLeft")
    expect(row(page, "customer")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(row(page, "customer")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("region", name="Step customer")).to_be_visible()


def test_a_key_leads_to_the_next_failure(executions: dict[str, str], browse: Browse) -> None:
    page = browse(f"/executions/{executions['failed']}?step=cart")
    expect(page.get_by_role("region", name="Step Fill the cart")).to_be_visible()
    page.keyboard.press("n")

    expect(page).to_have_url(re.compile(r"[?&]step=pay"))
    expect(page.get_by_role("region", name="Step Pay for the lamps")).to_be_visible()


def test_filters_show_what_matches_and_are_in_the_address(executions: dict[str, str], browse: Browse) -> None:
    page = browse(f"/executions/{executions['failed']}")
    page.get_by_role("button", name="failed", exact=True).click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="all", exact=True).click()
    page.get_by_role("searchbox", name="Filter steps").fill("cart")

    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"[?&]q=cart"))


def test_a_slow_flow_fills_the_waterfall_without_a_reload_and_ends_with_its_status(
    house: House, browse: Browse
) -> None:
    (execution,) = house.start_executions(slow(4, "2s"))
    page = browse(f"/executions/{execution}")
    page.evaluate("window.notReloaded = true")
    expect(row(page, "part_4")).to_have_attribute("data-status", "planned")
    expect(row(page, "part_1")).to_have_attribute("data-status", re.compile("running|passed"))
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page).to_have_title(re.compile("✓ passed"), timeout=WITHIN_MS)

    assert page.evaluate("window.notReloaded") is True
    assert shown_steps(page) == recorded_steps(house.until_finished(execution))
    expect(page.get_by_text("A slow one passed")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    assert "22a457" in page.locator("link[rel=icon]").get_attribute("href")


def test_cancel_ends_a_running_execution(house: House, browse: Browse) -> None:
    (execution,) = house.start_executions(slow(2, "60s"))
    page = browse(f"/executions/{execution}")
    expect(row(page, "part_1")).to_have_attribute("data-status", "running")
    page.get_by_role("button", name="Cancel").click()

    expect(page).to_have_title(re.compile("⊘ cancelled"), timeout=WITHIN_MS)
    expect(row(page, "part_1")).to_have_attribute("data-status", "cancelled")
    expect(row(page, "clean")).to_have_attribute("data-status", "passed")
    assert house.until_finished(execution)["status"] == "cancelled"


def test_a_stored_flow_runs_again_and_an_inline_one_says_why_not(
    house: House, seeded: dict[str, str], executions: dict[str, str], browse: Browse
) -> None:
    page = browse(f"/executions/{executions['passed']}")
    expect(page.get_by_role("button", name=re.compile("Run again. Not possible: .* sent along"))).to_be_visible()
    page.goto(f"/executions/{seeded['passed']}")
    page.get_by_role("button", name="Run again", exact=True).click()
    page.wait_for_url(lambda url: "/executions/" in url and seeded["passed"] not in url)
    again = page.url.rsplit("/", 1)[1].partition("?")[0]

    assert house.until_finished(again)["flow_id"] == house.execution(seeded["passed"])["flow_id"]


def test_a_killed_api_is_reconnected_to_and_the_page_ends_with_the_database_s_steps(
    house: House, browse: Browse, complaints: list[str]
) -> None:
    (execution,) = house.start_executions(slow(10, "900ms", name="Survivor"))
    page = browse(f"/executions/{execution}")
    page.evaluate("window.notReloaded = true")
    expect(row(page, "part_2")).to_have_attribute("data-status", "running")
    killed = house.kill("api")
    house.until_restarted("api", killed)

    expect(page).to_have_title(re.compile("✓ passed · Survivor"), timeout=60_000)
    recorded = house.until_finished(execution)
    expect(row(page, "clean")).to_have_attribute("data-status", "passed")
    assert page.evaluate("window.notReloaded") is True
    assert shown_steps(page) == recorded_steps(recorded)
    assert recorded["lost_events"] == 0
    complaints.clear()


def test_log_lines_appear_as_they_are_said_and_following_lets_go_when_scrolled_up(house: House, browse: Browse) -> None:
    chatter = "".join(f"  - {{id: c{n}, action: log, config: {{message: chatter {n}}}}}\n" for n in range(120))
    (execution,) = house.start_executions(slow(3, "1500ms", last=chatter))
    page = browse(f"/executions/{execution}?tab=logs")
    log = page.get_by_role("region", name="Log lines")
    expect(log.get_by_text("part 1 is done")).to_be_visible()
    expect(log.get_by_text("chatter 119")).to_be_in_viewport(timeout=WITHIN_MS)
    follow = page.get_by_role("button", name="Follow")
    expect(follow).to_have_attribute("aria-pressed", "true")
    log.hover()
    page.mouse.wheel(0, -800)

    expect(follow).to_have_attribute("aria-pressed", "false")
    follow.click()
    expect(log.get_by_text("clean", exact=True).last).to_be_in_viewport()


def test_log_lines_are_filtered_by_the_server(executions: dict[str, str], browse: Browse) -> None:
    page = browse(f"/executions/{executions['passed']}?tab=logs")
    log = page.get_by_role("region", name="Log lines")
    expect(log.locator("[data-log-line]")).to_have_count(2)
    with page.expect_request(lambda request: "/logs?" in request.url and "q=NOTE" in request.url):
        page.get_by_role("searchbox", name="Search log lines").fill("NOTE")
    expect(log.locator("[data-log-line]")).to_have_count(1)
    expect(log).to_contain_text("a note for ada@example.org")
    page.get_by_role("combobox", name="Least level").select_option("warning")

    expect(page.get_by_text("No line matches the filter.")).to_be_visible()


def test_what_passed_and_lost_events_never_looks_green(
    house: House, executions: dict[str, str], browse: Browse
) -> None:
    told = house.execution(executions["passed"]) | {"lost_events": 3}
    page = browse("/executions")
    page.route(re.compile(rf"/api/v1/executions/{told['id']}$"), lambda route: route.fulfill(body=json.dumps(told)))
    page.goto(f"/executions/{told['id']}")

    expect(page.get_by_text("passed, but events were lost")).to_be_visible()
    expect(page.get_by_text("3 events of this execution did not arrive.")).to_be_visible()
    expect(page).to_have_title(re.compile("^⚠"))
    assert "22a457" not in page.locator("link[rel=icon]").get_attribute("href")


def test_an_earlier_run_that_was_lost_can_be_looked_at(
    house: House, executions: dict[str, str], browse: Browse
) -> None:
    told = house.execution(executions["passed"])
    lost = told["steps"][0] | {"run": 1, "status": "error", "error_code": "runner_lost", "error_message": "runner lost"}
    told["steps"] = [lost, *(step | {"run": 2} for step in told["steps"])]
    told["run"] = 2
    page = browse("/executions")
    page.route(re.compile(rf"/api/v1/executions/{told['id']}$"), lambda route: route.fulfill(body=json.dumps(told)))
    page.goto(f"/executions/{told['id']}")
    expect(row(page, "note")).to_have_attribute("data-status", "passed")
    page.get_by_role("button", name=re.compile("Run 1")).click()

    expect(row(page, "note")).to_have_attribute("data-status", "not_run")
    expect(row(page, "customer")).to_have_attribute("data-status", "error")
    expect(page.get_by_role("region", name="Step customer")).to_contain_text("runner lost")
    expect(page).to_have_url(re.compile(r"[?&]run=1"))


def test_log_lines_of_a_second_run_are_told_from_those_of_the_first(executions: dict[str, str], browse: Browse) -> None:
    def twice(route: Route) -> None:
        told = route.fetch().json()
        told["items"] += [line | {"run": 2} for line in told["items"]]
        route.fulfill(json=told)

    page = browse("/executions")
    page.route(re.compile(rf"/api/v1/executions/{executions['passed']}/logs"), twice)
    page.goto(f"/executions/{executions['passed']}?tab=logs")
    log = page.get_by_role("region", name="Log lines")

    expect(log.locator("[data-log-line]")).to_have_count(4)
    expect(log.locator("[data-log-run]")).to_have_text(["Run 1", "Run 2"])
    order = log.locator("[data-log-run], [data-log-line]").evaluate_all(
        "all => all.map(one => one.dataset.logRun ?? '')"
    )
    assert order == ["1", "", "", "2", "", ""]


def test_a_tab_is_gone_back_from(executions: dict[str, str], browse: Browse) -> None:
    page = browse(f"/executions/{executions['passed']}")
    page.get_by_role("tab", name="Details", exact=True).click()
    expect(page.get_by_role("tab", name="Details", exact=True)).to_have_attribute("aria-selected", "true")
    page.go_back()

    expect(page.get_by_role("tab", name="Steps", exact=True)).to_have_attribute("aria-selected", "true")


def test_on_a_narrow_window_the_last_step_is_not_cut(executions: dict[str, str], browse: Browse) -> None:
    page = browse(f"/executions/{executions['failed']}", width=390)
    expect(rows(page).last).to_be_visible()
    cut = page.get_by_role("treegrid", name="Steps").evaluate(
        "grid => grid.parentElement.scrollHeight - grid.parentElement.clientHeight"
    )

    assert rows(page).count() <= 6
    assert cut <= 0


def test_an_execution_that_is_not_there_says_so(browse: Browse, complaints: list[str]) -> None:
    page = browse("/executions/01a208be-0000-7000-8000-000000000000")

    expect(page.get_by_role("alert")).to_contain_text("execution_not_found")
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    complaints.clear()
