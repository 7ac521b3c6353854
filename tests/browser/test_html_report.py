"""The report of `--report html=`, opened from its file in a real browser: 2,000 steps, hostile words, no network."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from testmesh_contracts.events import AssertionOutcome, Attempt, LogLine, Operand, StepFinished
from testmesh_engine.reporters import Artifact, FlowReport, RunReport
from testmesh_engine.reporters.html import html_page

pytestmark = pytest.mark.e2e

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><!-- \u2028 \ud800 & {{data}}"
SOURCE = """\
name: Order a lamp
steps:
  - id: pay
    action: http_request
    config: {method: POST, url: "${base}/orders"}
    assert: [status == 201, body.total == 129.90]
"""
STEPS = 2_000


def step(number: int, **more: Any) -> StepFinished:
    started = AT + timedelta(milliseconds=3 * number)
    values = {
        "path": f"step_{number}", "step_id": f"step_{number}", "name": f"Look at shelf {number}", "action": "assert",
        "phase": "steps", "number": number, "status": "passed", "started_at": started, "duration_ms": 2.0,
        "finished_at": started + timedelta(milliseconds=2), "input": {"shelf": number}, "output": {"lamps": number % 7},
        "line": 3, "column": 5,
    }  # fmt: skip
    return StepFinished(**values | more)


def failing(number: int) -> StepFinished:
    broken = AssertionOutcome(
        expression="body.total == 129.90",
        holds=False,
        message="the total of 2 lamps",
        operands=[Operand(text="body.total", value=130.9)],
        difference=["-129.90", "+130.90", "1 more than expected"],
        line=6,
        column=29,
    )
    tries = [
        Attempt(
            number=n,
            status="failed",
            started_at=AT,
            duration_ms=8.0,
            error_code="TM420",
            error_message="assertion failed",
        )
        for n in (1, 2)
    ]
    return step(
        number, path="pay", step_id="pay", name="Pay for the lamps", action="http_request", status="failed",
        duration_ms=2400.0, error_code="TM420", error_message="assertion failed: body.total == 129.90",
        input={"method": "POST", "url": "https://shop.example/orders", "body": {"items": ["lamp", "lamp"]}},
        output={"status": 201, "body": {"total": 130.9, "note": HOSTILE}}, retry_count=1, attempts=tries,
        assertions=[AssertionOutcome(expression="status == 201", holds=True), broken], line=3, column=5,
    )  # fmt: skip


def flow(name: str, status: Any, steps: list[StepFinished], **more: Any) -> FlowReport:
    values = {"file": f"flows/{name}.yaml", "name": name, "status": status, "started_at": AT, "duration_ms": 2600.0}
    return FlowReport(**values | {"steps": steps, "source": SOURCE, "seed": 7} | more)


def many_steps() -> RunReport:
    loop = step(10, path="each", step_id="each", name="Each product", action="for_each", duration_ms=300.0)
    inner = [
        step(10 + n, path=f"each/check[{n}]", name="Look at a product", parent_path="each", iteration=n)
        for n in range(1, 6)
    ]
    asked = step(
        18, path="ask", name="Ask the warehouse", action="http_request", duration_ms=900.0,
        input={"method": "GET", "url": "https://user:pw@warehouse.example/stock/lamps?page=2"}, output={"status": 200},
    )  # fmt: skip
    steps = [loop, *inner, asked, failing(20), *(step(n) for n in range(21, STEPS + 13))]
    long_one = flow(
        "Order a lamp", "failed", steps, duration_ms=6200.0, tags=("smoke", "shop"), suite="checkout",
        error_code="TM420", error_message="step pay failed: assertion failed: body.total == 129.90",
        warnings=["the step ask passed over an empty list"], environment="staging",
        command_again="testmesh run 'flows/Order a lamp.yaml' --var region=eu --seed 7",
        logs=[LogLine(path="pay", level="warning", message=f"slow: {HOSTILE}", at=AT)],
        artifacts=[Artifact("answer.json", "application/json", 1_200_000, "ab" * 32, "pay")],
    )  # fmt: skip
    others = [
        flow("Refund", "passed", [step(1), step(2)], tags=("smoke",)),
        flow(
            "Ask a warehouse that is away", "error", [], error_code="TM430", error_message="no connection", warnings=[]
        ),
        flow("Interrupted", "cancelled", [step(1, status="cancelled", error_message="the run was cancelled")]),
        flow("Never begun", "not_run", [], started_at=None, duration_ms=0.0),
        flow(HOSTILE, "passed", [step(1, name=HOSTILE)], file=f"flows/{HOSTILE}"),
    ]
    return RunReport([long_one, *others], 3, AT, 6400.0, "0.1.0")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_bytes(html_page(many_steps()))
    return path


Read = Callable[..., Page]


@pytest.fixture
def read(browser: Browser, file: Path) -> Iterator[Read]:
    """Open the file; whatever the page asks of a network, or complains of, fails the test."""
    contexts, asked, complaints = [], [], []

    def opened(*, theme: Any = "light", width: int = 1280) -> Page:
        context = browser.new_context(
            color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert complaints == []


def rows(page: Page) -> Any:
    return page.locator("li.step").filter(visible=True)


def test_the_summary_and_what_failed_are_seen_at_once(read: Read) -> None:
    page = read()

    expect(page.get_by_role("heading", level=1)).to_have_text("Not all flows passed")
    expect(page.locator(".totals")).to_contain_text("1 failed")
    expect(page.locator("#count")).to_have_text("6 of 6 flows, 2,004 of 2,004 steps")
    details = page.locator(".cause .details")
    expect(details).to_contain_text("body.total == 129.90")
    expect(details).to_contain_text("the total of 2 lamps")
    expect(details.locator(".source")).to_contain_text("assert: [status == 201, body.total == 129.90]")
    expect(details).to_contain_text("answer.json")
    expect(page.locator(".command code").first).to_have_text(
        "testmesh run 'flows/Order a lamp.yaml' --var region=eu --seed 7"
    )


def test_the_caret_stands_below_the_assertion(read: Read) -> None:
    text, below = read().locator(".source").first.inner_text().splitlines()[:2]

    assert below.index("^") == text.index("body.total")


def test_what_a_tested_system_said_is_text_and_nothing_else(read: Read) -> None:
    page = read()
    page.locator(".flow h2 button", has_text="onerror").click()

    assert page.title() == "4 of 6 flows not passed · TestMesh"
    assert page.locator("img").count() == 0
    expect(page.locator(".cause .details")).to_contain_text("</script><img src=x")
    expect(page.locator(".summary", has_text="warehouse.example")).to_have_text(
        "GET https://warehouse.example/stock/lamps?page=2→ 200"
    )


def test_a_search_shows_the_steps_that_match_and_what_they_are_in(read: Read) -> None:
    page = read()
    expect(rows(page)).to_have_count(2_001)

    page.get_by_label("Search").fill("look at a product")

    expect(page.locator("#count")).to_have_text("1 of 6 flows, 5 of 2,004 steps")
    expect(rows(page)).to_have_count(6)
    expect(rows(page).first).to_contain_text("Each product")
    page.get_by_label("Search").fill("nothing is called so")
    expect(page.locator("#count")).to_have_text("0 of 6 flows, 0 of 2,004 steps")


def test_flows_are_filtered_by_status_and_steps_by_what_they_are(read: Read) -> None:
    page = read()

    page.locator("#filters").get_by_role("button", name="error 1").click()
    expect(page.locator(".flow").filter(visible=True)).to_have_count(1)
    expect(page.locator(".flow").filter(visible=True)).to_contain_text("TM430 no connection")

    page.locator("#filters").get_by_role("button", name="all 6").click()
    page.get_by_label("Steps", exact=True).select_option("More than one attempt")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Pay for the lamps")


def test_a_step_opens_and_closes_with_the_keyboard(read: Read) -> None:
    page = read()
    button = page.locator("button.row", has_text="Look at shelf 1999")

    button.focus()
    page.keyboard.press("Enter")

    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.locator("li.step", has=button).get_by_label("Input")).to_contain_text('"shelf": 1999')
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "false")


def test_what_is_behind_a_row_is_not_made_before_it_is_opened(read: Read) -> None:
    assert read().locator(".details").count() == 1


def test_on_paper_every_flow_is_open_and_the_filters_are_gone(read: Read) -> None:
    page = read(theme="dark")

    page.emulate_media(media="print")

    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator(".flow .body").filter(visible=True)).to_have_count(6)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.emulate_media(media="screen")
    expect(page.locator(".flow .body").filter(visible=True)).to_have_count(4)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nobody_is_kept_out_and_nothing_is_wider_than_the_window(
    read: Read, find_barriers: Any, overflow: Any, screenshot: Any, theme: str, width: int
) -> None:
    page = read(theme=theme, width=width)
    page.get_by_label("Search").fill("lamp")
    expect(page.locator("#count")).to_have_text("1 of 6 flows, 2,000 of 2,004 steps")
    page.get_by_label("Search").fill("pay for")
    expect(page.locator("#count")).to_have_text("1 of 6 flows, 1 of 2,004 steps")
    page.locator("button.row", has_text="Pay for").scroll_into_view_if_needed()

    assert overflow(page) == 0
    screenshot(page, f"report-{theme}-{width}")
    assert find_barriers(page) == []
