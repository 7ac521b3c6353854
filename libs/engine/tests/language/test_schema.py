import pytest
import yaml
from jsonschema import Draft202012Validator

from testmesh_engine.language import flow_schema

HEAD = "name: a\nsteps:\n  - "


def faults(source):
    schema = flow_schema()
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(yaml.safe_load(source))]


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
