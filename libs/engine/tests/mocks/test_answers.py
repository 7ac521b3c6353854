"""What a mock server answers: by path, method, header, query, body; with templates, states, sequences, faults."""

import time

import pytest

from testmesh_engine.language import FlowInvalidError, parse_flow
from testmesh_engine.mocks.paths import PathPattern


@pytest.mark.parametrize(
    ("pattern", "path", "found"),
    [
        ("/orders/{id}", "/orders/7", {"id": "7"}),
        ("/orders/{id}", "/orders/a%2Fb", {"id": "a/b"}),
        ("/orders/{id}", "/orders/7/lines", None),
        ("/orders/{id}", "/orders/", None),
        ("/orders/{id}/lines/{line}", "/orders/7/lines/2", {"id": "7", "line": "2"}),
        ("/files/{name}.json", "/files/a.json", {"name": "a"}),
        ("/files/*.json", "/files/a.json", {}),
        ("/files/*.json", "/files/b/a.json", None),
        ("/hooks/**", "/hooks/a/b/c", {}),
        ("/a.b", "/axb", None),
        ("/**", "/", {}),
    ],
)
def test_a_path_is_matched_by_its_names_and_wildcards(pattern, path, found):
    assert PathPattern(pattern).match(path) == found


def test_a_path_full_of_wildcards_takes_no_more_time_for_it():
    started = time.process_time()

    assert PathPattern("/" + "*a" * 30 + "b").match("/" + "a" * 10_000) is None

    assert time.process_time() - started < 5


async def test_the_first_endpoint_that_fits_answers(passes):
    await passes(
        """
        - {method: GET, path: "/orders/{id}", response: {body: {id: "${request.path_params.id}"}}}
        - {method: GET, path: /orders/**, response: {status: 418}}
        - {method: POST, path: /orders, response: {status: 201, headers: {Location: /orders/7}, body: made}}
        """,
        """
        - action: http_request
          config: {method: GET, url: "${up.base_url}/orders/7"}
          assert: [status == 200, body.id == "7"]
        - {action: http_request, config: {method: GET, url: "${up.base_url}/orders/7/x"}, assert: [status == 418]}
        - action: http_request
          config: {method: POST, url: "${up.base_url}/orders"}
          assert:
            - status == 201
            - text == "made"
            - 'headers.location == "/orders/7"'
            - 'headers["content-type"] contains "text/plain"'
        """,
    )


async def test_headers_query_and_body_decide(passes):
    await passes(
        """
        - {path: /a, headers: {x-KEY: secret}, response: {body: by header}}
        - {path: /a, query: {page: 2}, response: {body: by query}}
        - {path: /a, query: {tag: [x, y]}, response: {body: by list}}
        - {path: /a, body: {customer: {name: Ada}}, response: {body: by body}}
        - {path: /a, match: request.body.total > 100 and who == "Ada", response: {body: by expression}}
        - {path: /a, response: {body: by nothing}}
        """,
        """
        - action: http_request
          config: {method: GET, url: "${up.base_url}/a", headers: {X-Key: secret}}
          assert: [text == "by header"]
        - action: http_request
          config: {method: GET, url: "${up.base_url}/a?page=2&x=1"}
          assert: [text == "by query"]
        - action: http_request
          config: {method: GET, url: "${up.base_url}/a?tag=x&tag=y"}
          assert: [text == "by list"]
        - action: http_request
          config: {method: POST, url: "${up.base_url}/a", body: {customer: {name: Ada, age: 36}, total: 500}}
          assert: [text == "by body"]
        - action: http_request
          config: {method: POST, url: "${up.base_url}/a", body: {total: 101}}
          assert: [text == "by expression"]
        - action: http_request
          config: {method: POST, url: "${up.base_url}/a", body: {total: 99}}
          assert: [text == "by nothing"]
        """,
    )


async def test_an_answer_is_written_for_each_request_with_the_flows_values_as_they_were(passes):
    await passes(
        """
        - path: /pay
          response:
            status: "${request.body.amount > 10 ? 402 : 200}"
            headers: {X-Customer: "${who}"}
            body: {id: "${UUID}", paid: "${request.body.amount}", for: "Order ${request.query.order}", by: "${who}"}
        """,
        """
        - {action: set, config: {who: Bob}}
        - id: one
          action: http_request
          config: {method: POST, url: "${up.base_url}/pay?order=7", body: {amount: 9.5}}
          assert:
            - status == 200
            - body.paid == 9.5
            - 'body.for == "Order 7"'
            - 'body.by == "Ada"'
            - 'headers["x-customer"] == "Ada"'
        - id: two
          action: http_request
          config: {method: POST, url: "${up.base_url}/pay?order=8", body: {amount: 11}}
          assert: [status == 402, is_uuid(body.id), body.id != one.body.id]
        """,
    )


async def test_responses_come_one_after_another(passes):
    await passes(
        """
        - {path: /repeat, responses: [{status: 503}, {status: 200}]}
        - {path: /cycle, responses: [{status: 201}, {status: 202}], after_last: cycle}
        - {path: /stop, responses: [{status: 204}], after_last: stop}
        """,
        """
        - id: all
          action: for_each
          config:
            items:
              - [repeat, 503]
              - [repeat, 200]
              - [repeat, 200]
              - [cycle, 201]
              - [cycle, 202]
              - [cycle, 201]
              - [stop, 204]
              - [stop, 404]
            steps:
              - action: http_request
                config: {method: GET, url: "${up.base_url}/${item[0]}"}
                assert: ["status == item[1]"]
        """,
    )


async def test_states_lead_from_one_answer_to_the_next(passes):
    await passes(
        """
        - {method: GET, path: /order, when_state: start, response: {body: "${state}: open"}}
        - {method: POST, path: /order/pay, when_state: start, then_state: paid, response: {status: 202}}
        - {method: GET, path: /order, when_state: paid, response: {body: "${state}: paid"}}
        """,
        """
        - {action: http_request, config: {method: GET, url: "${up.base_url}/order"}, assert: ['text == "start: open"']}
        - {action: http_request, config: {method: POST, url: "${up.base_url}/order/pay"}, assert: [status == 202]}
        - {action: http_request, config: {method: GET, url: "${up.base_url}/order"}, assert: ['text == "paid: paid"']}
        - action: http_request
          config: {method: POST, url: "${up.base_url}/order/pay"}
          assert: [status == 404, 'body.error contains "the state is \\"paid\\", not \\"start\\""']
        """,
    )


async def test_an_answer_can_wait(passes):
    await passes(
        "- {path: /slow, response: {delay: 300ms}}",
        '- {action: http_request, config: {method: GET, url: "${up.base_url}/slow"}, assert: [timings.total >= 290]}',
    )


async def test_a_request_that_no_endpoint_answers_is_told_the_nearest(passes):
    await passes(
        """
        - {method: POST, path: /orders, headers: {X-Key: k}, body: {id: 1}}
        - {method: GET, path: /other}
        """,
        """
        - action: http_request
          config: {method: POST, url: "${up.base_url}/orders", headers: {X-Key: k}, body: {id: 2}}
          assert:
            - status == 404
            - 'body.error contains "no endpoint fits; the nearest is POST /orders: body.id is 2, not 1"'
        """,
    )


async def test_what_proves_who_asked_is_not_told_where_it_is_wrong(passes):
    played = await passes(
        "- {path: /a, headers: {Authorization: Bearer right}}",
        """
        - action: http_request
          config: {method: GET, url: "${up.base_url}/a", auth: {bearer: wr0ng}}
          assert: [status == 404, 'body.error contains "the header Authorization is another"']
        """,
    )

    assert "wr0ng" not in played.said


@pytest.mark.parametrize(
    ("fault", "code"), [("reset", "TM435"), ("truncated", "TM438"), ("garbage", "TM435"), ("hang", "TM433")]
)
async def test_a_fault_breaks_the_answer(ends, fault, code):
    status, told, message = await ends(
        f"- {{path: /a, response: {{body: {{all: good}}, fault: {fault}}}}}",
        '- {action: http_request, config: {method: GET, url: "${up.base_url}/a", timeout: 300ms}}',
    )

    assert (status, told) == ("error", code), message


@pytest.mark.parametrize("judge", ["mock_server_verify", "webhook_receive"])
async def test_a_reference_without_a_value_is_an_error_of_the_flow_and_not_of_the_tested_system(ends, judge):
    status, code, message = await ends(
        '- {path: /a, response: {body: "${request.body.id}"}}',
        """
        - {action: http_request, config: {method: POST, url: "${up.base_url}/a", body: {}}, assert: [status == 500]}
        - {action: JUDGE, config: {path: /a}}
        """.replace("JUDGE", judge),
    )

    assert (status, code) == ("error", "TM586")
    assert "could not answer POST /a: its body" in message
    assert "no key `id`" in message


async def test_a_name_that_there_is_not_ends_the_start(ends):
    status, code, message = await ends(
        '- {path: /a, response: {body: "${nobody}"}}', "- {action: log, config: {message: x}}"
    )

    assert (status, code) == ("error", "TM401")
    assert "the endpoint /a: there is no `nobody` here" in message


@pytest.mark.parametrize(
    ("endpoint", "code"),
    [
        ('{path: /a, response: {body: "${request.}"}}', "TM102"),
        ("{path: /a, match: request.body.id = 1}", "TM101"),
        ("{path: a}", "TM208"),
        ("{path: '/{1}'}", "TM208"),
        ("{path: '/{a}/{a}'}", "TM208"),
        ("{method: GET}", "TM208"),
        ("{path: /a, response: '${who}'}", "TM208"),
        ("'${who}'", "TM208"),
        ("{path: /a, response: {status: 700}}", "TM208"),
        ("{path: /a, response: {}, responses: [{}]}", "TM208"),
    ],
)
def test_what_is_wrong_with_an_endpoint_is_told_before_the_flow_starts(endpoint, code):
    endpoints = f"  - action: mock_server_start\n    config:\n      endpoints:\n        - {endpoint}\n"
    source = f"name: a\nenv: {{who: Ada}}\nsteps:\n{endpoints}"

    with pytest.raises(FlowInvalidError) as raised:
        parse_flow(source)

    faults = raised.value.diagnostics
    assert {fault.code for fault in faults} == {code}
    assert faults[0].line == 7


async def test_faults_say_nothing_in_the_terminal(play, capfd):
    played = await play("""
name: a
steps:
  - id: up
    action: mock_server_start
    config: {endpoints: [{path: /reset, response: {fault: reset}}, {path: /half, response: {fault: truncated}}]}
  - {action: http_request, allow_failure: true, config: {method: GET, url: "${up.base_url}/reset"}}
  - {action: http_request, allow_failure: true, config: {method: GET, url: "${up.base_url}/half"}}
  - {action: mock_server_verify, config: {at_least: 2}}
""")

    assert played.outcome.status == "passed", played.outcome
    assert capfd.readouterr() == ("", "")


async def test_what_proves_who_asks_is_hidden_where_an_endpoint_wants_it(passes):
    played = await passes(
        "- {path: /a, headers: {Authorization: Bearer r1ght}}",
        """
        - action: http_request
          config: {method: GET, url: "${up.base_url}/a", auth: {bearer: r1ght}}
          assert: [status == 200]
        - {action: mock_server_verify, config: {headers: {Authorization: Bearer r1ght}, count: 1}}
        """,
    )

    assert "r1ght" not in played.said


async def test_what_holds_over_nothing_is_logged(passes):
    played = await passes(
        "- {path: /a}",
        """
        - {action: http_request, config: {method: POST, url: "${up.base_url}/a", body: {items: []}}}
        - {action: mock_server_verify, config: {match: "all(request.body.items, {.price > 0})"}}
        """,
    )

    assert any("all(request.body.items" in line for line in played.lines)


async def test_what_a_system_answered_never_becomes_an_expression(passes):
    await passes(
        """
        - {path: /a, response: {body: "${request.body.text}"}}
        - {path: /b, match: request.body.text == text, response: {body: "${text}"}}
        """,
        """
        - action: http_request
          config: {method: POST, url: "${up.base_url}/a", body: {text: "$${1 + 1} {" }}
          assert: ['text == "$" + "{1 + 1} {"']
        """,
        variables={"text": "${secrets.key}"},
    )
