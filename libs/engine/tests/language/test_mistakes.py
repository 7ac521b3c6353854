"""Forty kinds of an author's mistakes, each in a flow of 300 lines: found by reading it, at its line and column."""

import pytest

from testmesh_engine.language import FlowInvalidError, parse_flow

HEAD = """\
name: The whole shop
tags: [smoke]
timeout: 5m
env: {base_url: "http://shop.test"}
inputs:
  quantity: {type: integer, default: 2}
outputs: {order: order_id}
requires:
  - {id: ready, action: assert, config: {assertions: [base_url != ""]}}
setup:
  - {id: customer, action: set, config: {email: "c-${lower(RANDOM_ID)}@example.org"}}
steps:
"""
FILLER = "".join(
    f"  - id: read_{number}\n    action: http_request\n    config: {{method: GET, url: '${{base_url}}/{number}'}}\n"
    f"    assert: [status == 200]\n"
    for number in range(62)
)
TAIL = """\
  - id: order
    name: Order ${quantity} lamps
    action: http_request
    config:
      method: POST
      url: ${base_url}/orders
      body: {email: "${email}", quantity: "${quantity}"}
      timeout: 5s
    when: quantity > 0
    retry: {max_attempts: 3, delay: 1s, on: [error]}
    assert:
      - status == 201
      - that: body.total == 5 * quantity
        message: the total of ${quantity}
    output: {order_id: body.id}
  - id: lines
    action: for_each
    config:
      items: ${order.body.lines}
      item_name: line
      steps:
        - {id: check, action: assert, config: {assertions: [line.price > 0]}}
  - id: both
    action: parallel
    config:
      branches:
        - name: stock
          steps: [{id: count, action: set, config: {left: 3}}]
        - name: price
          steps: [{id: amount, action: set, config: {sum: 5}}]
  - id: told
    action: condition
    config:
      if: branches.stock.outputs.left > 1
      then: [{id: fine, action: log, config: {message: fine}}]
  - id: confirmed
    action: http_request
    config: {method: GET, url: "${base_url}/orders/${order_id}"}
    eventually: {within: 5s, every: 100ms}
    assert: [body.status == "confirmed"]
teardown:
  - {id: cleaned, action: http_request, config: {method: DELETE, url: "${base_url}/orders/${order_id}"}}
"""
FLOW = HEAD + FILLER + TAIL

MISTAKES = [
    ("tags: [smoke]", "tag: [smoke]", "TM203", "tag:"),
    ("tags: [smoke]", "tags: smoke", "TM201", "smoke\n"),
    ("timeout: 5m", "timeout: 5", "TM206", "5\nenv"),
    ("timeout: 5m", "timeout: 5m\ntimeout: 6m", "TM112", "timeout: 6m"),
    ("type: integer", "type: int", "TM204", "int, default"),
    ("default: 2", "default: two", "TM204", "two"),
    ("outputs: {order: order_id}", "outputs: {order: 'order_id +'}", "TM102", "'}\nrequires"),
    ("lower(RANDOM_ID)", "lowr(RANDOM_ID)", "TM103", "lowr"),
    ("lower(RANDOM_ID)", "lower()", "TM104", "lower()"),
    ("name: Order ${quantity} lamps", "nmae: Order ${quantity} lamps", "TM203", "nmae"),
    ("id: order\n", "id: read_5\n", "TM301", "read_5\n    name"),
    ("id: order\n", "id: my order\n", "TM204", "my order"),
    ("lamps\n    action: http_request", "lamps\n    action: http_requst", "TM205", "http_requst"),
    ("method: POST\n", "methd: POST\n", "TM203", "methd"),
    ("      method: POST\n", "", "TM202", "url: ${base_url}/orders\n      body"),
    ("      timeout: 5s\n", "      timeout: 5\n", "TM208", "5\n    when"),
    ("when: quantity > 0", "when: true", "TM201", "true"),
    ("when: quantity > 0", "when: quantity >", "TM102", "\n    retry"),
    ("max_attempts: 3", "max_atempts: 3", "TM203", "max_atempts"),
    ("max_attempts: 3", "max_attempts: 0", "TM204", "0, delay"),
    ("on: [error]", "on: [eror]", "TM204", "[eror]"),
    ("delay: 1s", "delay: 1 second", "TM206", "1 second"),
    ("- status == 201", "- status = 201", "TM101", "= 201"),
    ("- status == 201", "- status: 201", "TM201", "status: 201"),
    ("- that: body", "- thta: body", "TM203", "thta"),
    ("output: {order_id: body.id}", "output: {order_id: '$.items['}", "TM107", "$.items"),
    ("output: {order_id: body.id}", "output: {order-id: body.id}", "TM204", "body.id}\n  - id: lines"),
    ("items: ${order.body.lines}", "items: order.body.lines", "TM201", "order.body.lines"),
    ("items: ${order.body.lines}", "items: ${confirmed.body.lines}", "TM302", "confirmed.body"),
    ("      item_name: line\n", "      item_nam: line\n", "TM203", "item_nam"),
    ("assertions: [line.price > 0]", "assertions: []", "TM303", "assert, config: {assertions: []}"),
    ("- name: price", "- name: stock", "TM301", "stock\n          steps: [{id: amount"),
    ("- name: price", "- nam: price", "TM203", "nam: price"),
    ("set, config: {sum: 5}", "set, config: {sum: \"${count.values.left}\"}", "TM304", "count.values"),
    ("if: branches", "iff: branches", "TM203", "iff"),
    ("if: branches.stock.outputs.left > 1", "if: count.values.left > 1", "TM304", "count.values"),
    ("then: [{id: fine, action: log, config: {message: fine}}]", "then: []", "TM303", "[]\n  - id: confirmed"),
    ("    assert: [body.status == \"confirmed\"]\n", "", "TM303", "{within: 5s"),
    ("within: 5s, every", "withn: 5s, every", "TM203", "withn"),
    ("every: 100ms}", "every: 100ms}\n    retry: {max_attempts: 2}", "TM303", "{within: 5s"),
    ("assert: [body.status == \"confirmed\"]", "assert: [body.status matches \"(\"]", "TM106", "\"(\""),
    ("id: cleaned", "id: on_error", "TM204", "on_error"),
]  # fmt: skip

NOTED = [
    ("${email}\", quantity", "${emial}\", quantity", "TM306", "emial"),
    ("output: {order_id: body.id}", "output: {orderid: body.id}", "TM308", "orderid"),
    ("if: branches.stock.outputs.left > 1", "if: 'false'", "TM309", "{id: fine"),
    ("lamps\n    action: http_request", "lamps\n    action: http", "TM305", "action: http\n"),
    ("assert: [body.status == \"confirmed\"]", "assert: [bdy.status == \"confirmed\"]", "TM306", "bdy"),
]  # fmt: skip


def place_of(part, source):
    before = source[: source.rindex(part)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def test_the_flow_itself_has_three_hundred_lines_and_nothing_to_remark():
    assert FLOW.count("\n") >= 300
    assert parse_flow(FLOW).notes == ()


@pytest.mark.parametrize(("right", "wrong", "code", "at"), MISTAKES, ids=[mistake[1][:40] for mistake in MISTAKES])
def test_a_mistake_is_found_where_it_is(right, wrong, code, at):
    assert FLOW.count(right) == 1
    source = FLOW.replace(right, wrong)

    with pytest.raises(FlowInvalidError) as caught:
        parse_flow(source)
    found = {(fault.line, fault.column, fault.code) for fault in caught.value.diagnostics}

    assert (*place_of(at, source), code) in found


@pytest.mark.parametrize(("right", "wrong", "code", "at"), NOTED, ids=[mistake[1][:40] for mistake in NOTED])
def test_what_may_be_a_mistake_is_noted_where_it_is(right, wrong, code, at):
    assert FLOW.count(right) == 1
    source = FLOW.replace(right, wrong)
    found = {(note.line, note.column, note.code) for note in parse_flow(source).notes}

    assert (*place_of(at, source), code) in found
