"""What reports say of a failure: where it arose, what was expected, and nothing that is named like a secret."""

import json

import pytest

from testmesh_engine.reporters.explanation import Places, explained
from testmesh_engine.reporters.github import annotations, summary
from testmesh_engine.reporters.html import html_page
from testmesh_engine.reporters.junit import junit_xml
from testmesh_engine.reporters.secrecy import without_secrets

SOURCE = """\
name: Totals
steps:
  - id: list
    action: http_request
    when: ${on}
    config:
      method: GET
      url: http://shop.test
      body: {order: {total: "${totl}"}}
    output:
      count: body.totl
      token: {secret: true, from: body.tokn}
"""


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("output count: `body` has no key `totl`; there are: total.", (11, 14)),
        ("output token: `body` has no key `tokn`; there are: total.", (12, 35)),
        ("config.body.order.total: there is no `totl` here", (9, 29)),
        ("config: there is no `totl` here", (7, 7)),
        ("config.url.a: there is no `totl` here", (8, 12)),
        ("when: there is no `on` here", (5, 11)),
        ("name: there is no `on` here", (3, 5)),
        ("output unknown: it is not there", (11, 7)),
        ("connection refused", (3, 5)),
    ],
)
def test_an_error_of_an_output_or_of_a_config_points_at_it(make, message, place):
    step = make.step("list", "error", error_code="TM402", error_message=message)
    flow = make.flow("error", [step], source=SOURCE)

    assert Places(flow).of(step) == place
    assert f"    flows/order.yaml:{place[0]}:{place[1]}" in explained(step, Places(flow))
    (found,) = annotations(make.run(flow))
    assert (found.line, found.column) == place


def test_of_a_source_that_cannot_be_read_the_step_is_pointed_at(make):
    step = make.step("list", "error", error_message="output count: it is not there")

    assert Places(make.flow("error", [step], source="name: [")).of(step) == (3, 5)


def test_an_error_of_a_called_flow_does_not_point_into_the_calling_one(make):
    call = make.step("call", "error", action="run_flow", number=1)
    step = make.step("call/list", "error", parent_path="call", number=2, error_message="output count: not there")

    assert Places(make.flow("error", [call, step], source=SOURCE)).of(step) == (3, 5)


def test_every_report_says_what_was_expected(make):
    run = make.run(make.flow("failed", [make.failing()]), exit_code=1)
    told = "body.total = 130.9\n        expected     129.90\n        1 more than expected"

    assert told in junit_xml(run).decode()
    assert told in annotations(run)[0].message
    assert told.replace("\n", "&#10;") in summary(run)
    assert '[["body.total","130.9"],["expected","129.90"]]' in html_page(run).decode().replace('", "', '","')


def test_what_is_named_like_a_secret_is_masked_and_the_rest_is_not():
    body = {
        "email": "a@shop.test",
        "password": "correct horse",
        "user": {"apiKey": 7, "api_key": "k", "refresh_token": "t", "key": "order-1"},
        "cards": [{"clientSecret": "s", "credentials": {"a": 1}, "last4": "1234"}],
        "token": None,
        "secret": "",
        "has_password": True,
        "text": '{"password": "correct horse", "n": 1}',
        "said": "{the password is said here}",
    }
    assert without_secrets(body) == {
        "email": "a@shop.test",
        "password": "***",
        "user": {"apiKey": "***", "api_key": "***", "refresh_token": "***", "key": "order-1"},
        "cards": [{"clientSecret": "***", "credentials": "***", "last4": "1234"}],
        "token": None,
        "secret": "",
        "has_password": True,
        "text": '{"password": "***", "n": 1}',
        "said": "{the password is said here}",
    }
    assert body["password"] == "correct horse"


def test_no_report_shows_a_password_that_was_sent(make):
    sent = {"method": "POST", "url": "http://shop.test", "body": {"email": "a@shop.test", "password": "correct horse"}}
    run = make.run(make.flow("failed", [make.failing(action="http_request", input=sent)]), exit_code=1)
    texts = [junit_xml(run).decode(), junit_xml(run, "step").decode(), html_page(run).decode(), summary(run)]

    assert all("correct horse" not in text for text in texts)
    assert all("a@shop.test" in text for text in texts[:3])
    assert json.dumps(sent).count("correct horse") == 1
