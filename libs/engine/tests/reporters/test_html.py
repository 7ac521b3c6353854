"""The one file: what is in it, and what is not; how it looks and behaves is seen in tests/browser."""

import base64
import hashlib
import json
import re

from testmesh_contracts.events import LogLine
from testmesh_engine.reporters.html import html_page, payload

HOSTILE = "</script><script>alert(1)</script><!-- \u2028\u2029 \ud800 {{data}} {{script}}"


def page(report):
    return html_page(report).decode()


def data(text):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_nothing_of_the_page_is_fetched_and_its_policy_allows_no_network(make):
    text = page(make.run(make.flow()))

    assert re.findall(r"https?://", text) == []
    assert "default-src &#x27;none&#x27;" in text
    assert re.search(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!data:,")', text) is None
    assert "innerHTML" not in text
    assert "unsafe" not in text


def test_the_policy_allows_this_script_and_this_style_alone(make):
    text = page(make.run(make.flow()))

    for tag in ("script", "style"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src &#x27;sha256-{digest}&#x27;" in text


def test_hostile_words_are_data_and_come_back_as_they_were_said(make):
    step = make.failing(name=HOSTILE, output=HOSTILE, error_message=HOSTILE)
    flow = make.flow("failed", [step], name=HOSTILE, file=HOSTILE, error_message=HOSTILE, source=HOSTILE)

    text = page(make.run(flow, exit_code=1))

    assert text.count("</script>") == 2
    assert "<!-- " not in text
    assert "\u2028" not in text
    found = data(text)["flows"][0]
    assert found["title"] == HOSTILE.replace("\ud800", "\\ud800")
    assert found["steps"][0]["output"]["text"] == HOSTILE.replace("\ud800", "\\ud800")


def test_a_long_value_is_cut_with_its_size_and_that_of_a_cause_is_cut_later(make):
    steps = [make.step("a", number=1, output="x" * 100_000), make.failing("b", number=2, output="y" * 100_000)]

    first, second = data(page(make.run(make.flow("failed", steps), exit_code=1)))["flows"][0]["steps"]

    assert (first["output"]["size"], first["output"]["cut"]) == (100_000, 20_000)
    assert "cut" not in second["output"]


def test_where_there_is_no_room_for_all_values_those_of_what_failed_are_there(make, monkeypatch):
    monkeypatch.setattr(payload, "MOST_OF_ALL", 50)
    passed = make.flow(steps=[make.step("a", output="x" * 100)])
    failed = make.flow(
        "failed", [make.step("b", number=1, output="y" * 100), make.failing("c", number=2, output="z" * 40)]
    )

    found = data(page(make.run(passed, failed, exit_code=1)))["flows"]

    texts = [flow["steps"][-1]["output"]["text"] for flow in found]
    assert texts == ["", "z" * 40]
    assert found[1]["steps"][0]["output"]["text"] == "y" * 10


def test_log_lines_stand_with_their_step_and_the_rest_is_counted(make):
    lines = [LogLine(path="a", message=f"line {n}", at=make.at) for n in range(600)]
    lines.append(LogLine(path=None, message="of the run", at=make.at))

    flow = data(page(make.run(make.flow(steps=[make.step("a")], logs=lines, logs_left_out=3))))["flows"][0]

    assert (len(flow["steps"][0]["logs"]["lines"]), flow["steps"][0]["logs"]["more"]) == (500, 100)
    assert [line[2]["text"] for line in flow["logs"]["lines"]] == ["of the run"]
    assert flow["logsLeftOut"] == 3


def test_the_title_says_how_many_did_not_pass(make):
    assert "<title>1 of 2 flows not passed" in page(make.run(make.flow(), make.flow("not_run"), exit_code=1))
    assert "<title>no flow was run" in page(make.run(exit_code=5))
    assert "<title>1 flows passed, exit code 3 " in page(make.run(make.flow(), exit_code=3))


def test_what_an_assertion_asked_for_stands_below_what_it_found(make):
    flow = make.flow("failed", [make.failing()], error_code="TM420", error_message="step pay failed")

    (outcome,) = [
        one for one in data(page(make.run(flow, exit_code=1)))["flows"][0]["steps"][0]["assertions"] if one["operands"]
    ]

    assert outcome["operands"] == [["body.total", "130.9"], ["expected", "129.90"]]
