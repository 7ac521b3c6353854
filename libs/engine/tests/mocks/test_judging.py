"""What came to a mock server: verified, received as webhooks, told when it is stopped."""

import pytest

from testmesh_sdk import Listening

CALLS = """
- {action: http_request, config: {method: POST, url: "${up.base_url}/pay/1", body: {amount: 5, card: visa}}}
- {action: http_request, config: {method: POST, url: "${up.base_url}/pay/2?try=2", body: {amount: 50, card: visa}}}
"""
PAY = '- {method: POST, path: "/pay/{id}", response: {status: 202}}'


async def test_verify_counts_requests_and_gives_them_back(passes):
    await passes(
        PAY,
        CALLS
        + """
- action: mock_server_verify
  config: {method: POST, path: "/pay/{order}", count: 2}
  assert: [count == 2, 'requests[1].path_params.order == "2"']
- action: mock_server_verify
  config: {body: {card: visa}, match: request.body.amount > 10, count: 1}
  assert:
    - requests[0].body.amount == 50
    - requests[0].path_params.id == "2"
    - requests[0].query.try == "2"
    - 'requests[0].headers["Content-Type"] contains "json"'
    - requests[0].number == 2
    - unmatched == []
- {action: mock_server_verify, config: {path: /refund, count: 0}}
- {action: mock_server_verify, config: {at_least: 1, at_most: 2}}
- {action: mock_server_verify, config: {path: /refund, at_most: 2}}
""",
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("path: /pay/1, count: 2", "1 request is /pay/1, expected 2; 1 other request came:"),
        ("path: '/pay/{id}', at_most: 1", "2 requests are /pay/{id}, expected at most 1:"),
        ("path: /refund", "0 requests are /refund, expected at least 1; 2 other requests came:"),
        ("match: request.body.amount == 51", 'POST /pay/2 {"amount":50,"card":"visa"}: request.body.amount = 50'),
        ("path: /refund, timeout: 100ms", "0 requests are /refund within 100ms, expected at least 1"),
    ],
)
async def test_what_does_not_fit_is_a_failure_that_tells_what_came(ends, asked, said):
    verify = f"- {{action: mock_server_verify, config: {{{asked}}}}}"

    status, code, message = await ends(PAY, CALLS + verify)

    assert (status, code) == ("failed", "TM421")
    assert said in message


async def test_requests_that_no_endpoint_answered_fail_a_verification_unless_they_may_come(passes, ends):
    stray = '- {action: http_request, config: {method: GET, url: "${up.base_url}/pay/9"}, assert: [status == 404]}'
    verify = "- {action: mock_server_verify, config: {method: POST%s}}"

    status, code, message = await ends(PAY, CALLS + stray + "\n" + verify % "")

    assert (status, code) == ("failed", "TM421")
    assert "no endpoint answered 1 requests; if they may come, set allow_unmatched: true:" in message
    assert "GET /pay/9: no endpoint fits; the nearest is POST /pay/{id}: the method is not POST" in message
    allowed = verify % ", allow_unmatched: true"
    asserted = """, assert: ['unmatched[0].why_unmatched contains "nearest"']}"""
    await passes(PAY, f"{CALLS}{stray}\n{allowed[:-1]}{asserted}")


async def test_stop_tells_all_that_came_and_frees_the_name(passes):
    await passes(
        PAY,
        CALLS
        + """
- {action: mock_server_stop, assert: [count == 2, 'requests[0].body.amount == 5', 'unmatched == []']}
- {id: again, action: mock_server_start, config: {endpoints: [{path: /x}]}}
- {action: http_request, config: {method: GET, url: "${again.base_url}/x"}, assert: [status == 200, text == ""]}
- {action: mock_server_verify, config: {count: 1}}
""",
    )


@pytest.mark.parametrize("action", ["mock_server_stop", "mock_server_verify", "webhook_receive"])
async def test_a_server_that_does_not_run_is_an_error_that_names_those_that_do(ends, action):
    path = ", path: /x" if action == "webhook_receive" else ""

    status, code, message = await ends(PAY, f"- {{action: {action}, config: {{server: mok{path}}}}}")

    assert (status, code) == ("error", "TM580")
    assert "no mock server 'mok' runs; running are mock; start it in an earlier step" in message


async def test_a_name_is_taken_by_the_step_that_started_it(ends, passes):
    status, code, message = await ends(PAY, "- {id: b, action: mock_server_start, config: {endpoints: [{path: /x}]}}")

    assert (status, code) == ("error", "TM582")
    assert "runs already, from the step 'up'" in message
    await passes(
        "",
        """
        - action: for_each
          config:
            range: 3
            steps:
              - {id: up, action: mock_server_start, config: {endpoints: [{path: /x}]}}
              - {action: http_request, config: {method: GET, url: "${up.base_url}/x"}, assert: [status == 200]}
              - {action: mock_server_verify, config: {count: 1}}
        """,
    )


async def test_a_port_that_is_taken_is_an_error(ends):
    status, code, message = await ends(
        PAY, '- {action: mock_server_start, config: {name: b, port: "${up.port}", endpoints: [{path: /x}]}}'
    )

    assert (status, code) == ("error", "TM581")
    assert "is taken on 127.0.0.1; leave port out" in message


async def test_requests_beyond_those_that_are_kept_leave_no_verdict(ends, monkeypatch):
    monkeypatch.setattr("testmesh_engine.mocks.journal.MOST_KEPT", 1)

    status, code, message = await ends(PAY, CALLS + "- {action: mock_server_verify, config: {path: /pay/1}}")

    assert (status, code) == ("error", "TM584")
    assert "1 requests came beyond those that are kept" in message


async def test_a_body_beyond_all_bounds_is_refused_and_told(passes, monkeypatch):
    monkeypatch.setattr("testmesh_engine.mocks.seen.MOST_BODY_BYTES", 40)

    await passes(
        PAY,
        """
        - action: http_request
          config: {method: POST, url: "${up.base_url}/pay/1", body: {a: b}}
          assert: [status == 202]
        - action: http_request
          config: {method: POST, url: "${up.base_url}/pay/1", body: {a: a text that is longer than forty bytes}}
          assert: [status == 413]
        - action: mock_server_verify
          config: {path: /pay/1, allow_unmatched: true, count: 2}
          assert: ['unmatched[0].why_unmatched contains "the body is larger than"', 'unmatched[0].body == nil']
        """,
    )


HOOK = "- {method: POST, path: /hooks/paid, response: {status: 204}}"


async def test_a_webhook_that_came_before_the_step_is_received(passes):
    await passes(
        HOOK,
        """
        - action: http_request
          config: {method: POST, url: "${up.base_url}/hooks/paid", form: {order: 7, state: paid}}
          assert: [status == 204]
        - action: webhook_receive
          config: {path: /hooks/paid, match: request.body.order == "7"}
          assert: [count == 1, 'request.body.state == "paid"', 'requests == [request]']
        """,
    )


async def test_a_webhook_that_comes_while_the_step_waits_is_received(passes):
    await passes(
        HOOK,
        """
        - action: parallel
          config:
            branches:
              - name: wait
                steps:
                  - action: webhook_receive
                    config: {path: "/hooks/{what}", count: 2}
                    assert: ['map(requests, {.path_params.what}) == ["paid", "paid"]']
              - name: call
                steps:
                  - {action: delay, config: {duration: 100ms}}
                  - {action: http_request, config: {method: POST, url: "${up.base_url}/hooks/paid"}}
                  - {action: http_request, config: {method: POST, url: "${up.base_url}/hooks/paid"}}
        """,
    )


async def test_each_webhook_is_received_once(ends):
    status, code, message = await ends(
        HOOK,
        """
        - {action: http_request, config: {method: POST, url: "${up.base_url}/hooks/paid"}}
        - {action: webhook_receive, config: {path: /hooks/paid}}
        - {action: webhook_receive, config: {path: /hooks/paid, timeout: 100ms}}
        """,
    )

    assert (status, code) == ("failed", "TM421")
    assert "none of 1 requests /hooks/paid within 100ms; no other request came" in message


async def test_a_webhook_that_does_not_come_is_a_failure_that_tells_what_came_instead(ends):
    status, code, message = await ends(
        HOOK,
        """
        - {action: http_request, config: {method: POST, url: "${up.base_url}/hooks/paid", body: {order: 8}}}
        - {action: http_request, config: {method: POST, url: "${up.base_url}/hooks/other"}}
        - action: webhook_receive
          config: {method: POST, path: /hooks/paid, match: request.body.order == 7, timeout: 100ms}
        """,
    )

    assert (status, code) == ("failed", "TM421")
    assert (
        "none of 1 requests POST /hooks/paid (request.body.order == 7) within 100ms; 2 other requests came:" in message
    )
    assert 'POST /hooks/paid {"order":8}: request.body.order = 8' in message
    assert "POST /hooks/other: the path is not /hooks/paid" in message


async def test_a_webhook_that_was_answered_404_does_not_count_as_received(ends):
    status, _, message = await ends(
        "- {method: PUT, path: /hooks/paid}",
        """
        - {action: http_request, config: {method: POST, url: "${up.base_url}/hooks/paid"}}
        - {action: webhook_receive, config: {path: /hooks/paid, timeout: 100ms}}
        """,
    )

    assert status == "failed"
    assert "POST /hooks/paid: it was answered 404: no endpoint fits; the nearest is PUT /hooks/paid" in message


async def test_a_webhook_out_of_the_steps_time_is_no_verdict(ends):
    status, code, message = await ends(HOOK, "- {action: webhook_receive, timeout: 300ms, config: {path: /hooks/paid}}")

    assert (status, code) == ("error", "TM585")
    assert "raise its timeout" in message


async def test_what_proves_who_asked_is_judged_and_not_recorded(passes):
    played = await passes(
        HOOK,
        """
        - action: http_request
          config: {method: POST, url: "${up.base_url}/hooks/paid", auth: {bearer: "t0psecret"}}
        - {action: mock_server_verify, config: {match: 'request.headers.authorization == "Bearer " + "t0p" + "secret"'}}
        - {action: webhook_receive, config: {path: /hooks/paid}, assert: ['request.headers.authorization == "***"']}
        """,
    )

    assert "t0psecret" not in played.said


async def test_a_setting_says_where_servers_listen_and_how_they_are_reached(passes):
    played = await passes(
        PAY, "- {action: log, config: {message: x}}", listening=Listening("127.0.0.2", "mock.example")
    )

    assert played["up"].output["base_url"].startswith("http://mock.example:")
