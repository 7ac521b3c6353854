from functools import cache

import pytest
import yaml
from jsonschema import Draft202012Validator

from testmesh_engine.language import FlowInvalidError, flow_schema, parse_flow

HEAD = "name: a\nsteps:\n  - "


@cache
def judge():
    schema = flow_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def faults(source):
    return [error.message for error in judge().iter_errors(yaml.safe_load(source))]


@pytest.mark.parametrize(
    "source",
    [
        HEAD + "{action: log, config: {message: x}}",
        "flow: {name: a, steps: [{action: delay, config: {duration: 5s}}]}",
        HEAD + "{action: http_request, config: {method: GET, url: x, verify_tls: '${v}', timeout: 5s}, eventually: 5s}",
        HEAD + "{action: set, config: {x: 1}, assert: [a, {that: b, message: c}]}",
    ],
)
def test_a_good_flow_is_good_by_the_schema(source):
    assert faults(source) == []


@pytest.mark.parametrize(
    "source",
    [
        HEAD + "{action: log, config: {mesage: x}}",
        HEAD + "{action: delay, config: {duration: 5}}",
        HEAD + "{action: log, config: {message: x}, asert: []}",
        "flow: {name: a, steps: []}",
        "name: a",
    ],
)
def test_a_bad_flow_is_bad_by_the_schema(source):
    assert faults(source)


GROUP = "{action: group, config: {steps: [LOG]}}"
LOG = "{action: log, config: {message: x}}"


def with_log(source):
    return source.replace("LOG", LOG)


@pytest.mark.parametrize(
    "source",
    [
        HEAD + with_log(GROUP),
        with_log(HEAD + "{action: parallel, config: {branches: [{name: a, steps: [LOG]}], fail_fast: true}}"),
        with_log(HEAD + "{action: for_each, config: {range: {from: 1, to: 3}, parallel: 2, steps: [LOG]}}"),
        with_log(HEAD + "{action: condition, config: {if: a, then: [LOG], else: []}}"),
        with_log(HEAD + "{action: repeat_until, config: {until: a, within: 5s, steps: [LOG]}}"),
        HEAD + "{action: run_flow, config: {flow: a.yaml, inputs: {x: 1}}}",
        with_log(
            "data: {file: a.csv}\nrequires: [LOG]\nconcurrency: {key: a}\noutputs: {a: {from: b, secret: true}}\n"
            + HEAD
            + "{action: log, config: {message: x}, on_error: {action: continue, steps: [LOG]}}"
        ),
    ],
)  # fmt: skip
def test_control_flow_is_good_by_the_schema(source):
    assert faults(source) == []
    parse_flow(source)


@pytest.mark.parametrize(
    "source",
    [
        HEAD + GROUP.replace("LOG", "{action: log, config: {mesage: x}}"),
        HEAD + GROUP.replace("LOG", ""),
        with_log(HEAD + "{action: for_each, config: {range: 2, items: [1], steps: [LOG]}}"),
        HEAD + "{action: condition, config: {if: a}}",
        "data: []\n" + HEAD + LOG,
    ],
)
def test_control_flow_that_is_bad_by_the_schema_is_bad_by_the_parser(source):
    assert faults(source)
    with pytest.raises(FlowInvalidError):
        parse_flow(source)
