"""What is said to GitHub Actions, and what is kept from saying anything to it."""

import re
from html.parser import HTMLParser

import pytest

from testmesh_engine.reporters.github import MOST_BYTES, SummaryFullError, annotations, summary
from testmesh_engine.reporters.workflow_commands import Annotation, commands


def said(*flows, exit_code=1, make):
    return [one.command() for one in annotations(make.run(*flows, exit_code=exit_code))]


def test_a_failed_step_is_an_error_at_its_assertion(make):
    (line,) = said(make.flow("failed", [make.failing()]), make=make)

    assert line.startswith("::error file=flows/order.yaml,line=5,col=29,title=Order a lamp%3A pay::✗ pay")
    assert "%0A    ✗ body.total == 129.90%0A" in line


def test_a_step_of_a_called_flow_is_told_where_it_is_called(make):
    call = make.step("call", "failed", number=1, action="run_flow", line=2, column=7)
    inner = make.failing("call/pay", number=2, parent_path="call")

    (line,) = said(make.flow("failed", [call, inner]), make=make)

    assert "line=2,col=7" in line


def test_a_flow_without_a_guilty_step_and_one_that_was_not_run_are_told_too(make):
    flows = [make.flow("error", error_message="timeout"), make.flow("not_run"), make.flow("cancelled")]

    found = said(*flows, make=make)

    assert [line.partition(" ")[0] for line in found] == ["::error", "::warning", "::error"]


def test_what_passed_on_retry_and_warnings_are_warnings(make):
    found = said(make.flow(steps=[make.retried()], warnings=["no assertion was judged"]), exit_code=0, make=make)

    assert [line.partition(" ")[0] for line in found] == ["::warning"] * 3
    assert "title=Order a lamp%3A passed on retry::attempt 1 failed: it was 500" in found[0]


def test_no_word_of_others_ends_a_command_or_begins_one():
    hostile = "a%0Ab\r\n::error::x,y:z"

    line = Annotation("error", hostile, hostile, hostile, 1, 2).command()

    assert "\n" not in line
    assert "\r" not in line
    inside = "a%250Ab%0D%0A%3A%3Aerror%3A%3Ax%2Cy%3Az"
    assert line == f"::error file={inside},line=1,col=2,title={inside}::a%250Ab%0D%0A::error::x,y:z"


def test_of_a_kind_ten_are_told_and_the_last_says_how_many_more_there_are():
    many = [Annotation("error", f"t{n}", "m") for n in range(25)] + [Annotation("warning", "w", "m")] * 10

    found = commands(many, "the summary")

    assert len(found) == 20
    assert found[9] == "::error title=TestMesh::16 more of 25 are not shown here: see the summary"
    assert all(line == "::warning title=w::m" for line in found[10:])


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found, self.text = set(), ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.add(tag)
        assert attrs == []

    def handle_data(self, data):
        self.text += data


OURS = {"h3", "table", "tr", "th", "td", "br", "code", "details", "summary", "pre", "p"}


def test_the_summary_has_every_flow_and_the_block_of_each_failure(make):
    flow = make.flow("failed", [make.failing()], error_message="step pay failed")

    found = summary(make.run(make.flow(name="fine"), flow, make.flow("not_run", name="never"), exit_code=1))

    tags = Tags(found)
    assert tags.found <= OURS
    for words in ("fine", "never", "not run", "step pay failed", "1 passed, 1 failed, 1 not run", "exit code 1"):
        assert words in tags.text
    assert "5 |     assert: [status == 201, body.total == 129.90]\n" in tags.text


def test_no_markup_of_others_is_in_the_summary_and_no_line_of_it_is_empty(make):
    hostile = "</pre></details>\n\n# head\n\n<img src=x> | [a](b) ![c](d) @someone `x`\n```\n\ud800"
    step = make.failing(name=hostile, error_message=hostile)
    flow = make.flow("failed", [step], name=hostile, file=hostile, error_message=hostile, warnings=[hostile])

    found = summary(make.run(flow, make.flow(name=hostile, warnings=[hostile]), exit_code=1))

    found.encode()
    assert Tags(found).found <= OURS
    assert "" not in found.rstrip("\n").splitlines()
    assert "@someone" not in re.sub("<pre>.*?</pre>", "", found)


def test_a_summary_keeps_to_its_room_and_counts_what_is_left_out(make):
    flows = [make.flow("failed", [make.failing()], error_message="x" * 300) for _ in range(3_000)]
    report = make.run(make.flow(name="fine"), *flows, exit_code=1)

    for room in (MOST_BYTES, 20_000):
        found = summary(report, room)
        assert len(found.encode()) <= room
        assert re.search("<p>[0-9]+ (failures|flows) more: there is no room", found)
    assert "fine" not in summary(report, 20_000)


def test_a_summary_without_any_room_is_an_error_and_not_a_silent_loss(make):
    with pytest.raises(SummaryFullError):
        summary(make.run(make.flow()), 100)


def test_a_run_that_is_not_green_is_an_error_also_where_no_flow_is(make):
    assert said(make.flow(), exit_code=0, make=make) == []
    assert said(make.flow(), exit_code=3, make=make) == [
        "::error title=TestMesh::the run ended with exit code 3: it is not known to be green"
    ]
