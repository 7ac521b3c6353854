"""A configuration file is read strictly: what is wrong is told with code, line and column."""

from pathlib import Path

import pytest

from testmesh_cli.configuration.document import parse_config
from testmesh_cli.configuration.errors import ConfigInvalidError
from testmesh_engine.codes import CODES

PATH = Path("x/.testmesh.yaml")
WHOLE = """\
version: 1
project: shop
environments:
  staging:
    api_url: https://testmesh.example
    variables: {base_url: "https://${HOST}/v1", port: 8080, tags: [a, "${HOST:-b}"], nothing: }
  local: {}
defaults: {environment: staging, timeout: 5m, retry: 2, jobs: "${JOBS:-4}"}
plugins: [{name: kafka, version: "1.2", config: {brokers: ["${HOST}:9092"]}}]
env_allow: [CI, HOME]
"""


def read(source, owner="project", **environment):
    return parse_config(source.encode(), PATH, owner, environment)


def faults(source, owner="project", **environment):
    with pytest.raises(ConfigInvalidError) as refusal:
        read(source, owner, **environment)
    return [(fault.code, fault.line, fault.column) for fault in refusal.value.faults], str(refusal.value)


def test_every_key_is_read_with_its_place_and_references_are_filled_in():
    document = read(WHOLE, HOST="example.org")
    values = {name: found.value for name, found in document.found.items()}

    assert values["environments.staging.variables.base_url"] == "https://example.org/v1"
    assert values["environments.staging.variables.tags"] == ["a", "example.org"]
    assert values["environments.staging.variables.port"] == 8080
    assert values["environments.staging.variables.nothing"] is None
    assert values["defaults.jobs"] == 4
    assert values["plugins"][0]["config"] == {"brokers": ["example.org:9092"]}
    assert document.found["defaults.timeout"].origin == ("project", "x/.testmesh.yaml:8")
    assert list(document.environments) == ["staging", "local"]


@pytest.mark.parametrize("source", ["", "\n\n", "# nothing yet\n"])
def test_a_file_without_a_value_says_nothing(source):
    assert read(source).found == {}


@pytest.mark.parametrize(
    ("source", "code", "line", "column", "said"),
    [
        ("defualts: {jobs: 1}", "TM203", 1, 1, 'did you mean "defaults"?'),
        ("defaults:\n  job: 1", "TM203", 2, 3, 'did you mean "jobs"?'),
        ("environments:\n  a:\n    apiurl: x", "TM203", 3, 5, 'did you mean "api_url"?'),
        ("environments: [a]", "TM201", 1, 15, "is a map"),
        ("environments: {a.b: {}}", "TM204", 1, 21, "cannot name an environment"),
        ("environments: {a: {variables: {x-y: 1}}}", "TM204", 1, 37, "cannot name a variable"),
        ("environments: {a: {api_url: localhost}}", "TM204", 1, 29, "http://HOST:PORT"),
        ("defaults: {timeout: 5}", "TM206", 1, 21, "500ms"),
        ("defaults: {jobs: 0}", "TM204", 1, 18, "between 1 and 256"),
        ("defaults: {jobs: yes}", "TM201", 1, 18, "whole number"),
        ("defaults: {retry: 11}", "TM204", 1, 19, "between 0 and 10"),
        ("defaults: {environment: }", "TM201", 1, 12, "nothing behind it"),
        ("env_allow: [A-B]", "TM204", 1, 13, "environment variable"),
        ("env_allow: CI", "TM201", 1, 12, "is a list"),
        ("plugins: [{version: '1'}]", "TM202", 1, 11, '"name"'),
        ("plugins: [{name: a}, {name: a}]", "TM204", 1, 29, "twice"),
        ("plugins: [{name: a, vesion: '1'}]", "TM203", 1, 21, 'did you mean "version"?'),
        ("version: 2", "TM204", 1, 10, "is 1"),
        ("project: 7", "TM201", 1, 10, "quotes"),
        ("project: a\nproject: b", "TM112", 2, 1, "twice"),
        ("project: [", "TM110", 2, 1, "no YAML"),
        ("project: a\n---\nproject: b", "TM116", 2, 1, "a file holds one configuration"),
        ("project: !!python/none a", "TM114", 1, 10, "a configuration has plain values"),
        ('project: "${A B}"', "TM204", 1, 11, "is no reference"),
        ("project: ${OPEN", "TM204", 1, 10, "is no reference"),
        ("- a", "TM201", 1, 1, "is a map"),
    ],
)
def test_a_fault_is_told_with_its_code_its_place_and_the_source(source, code, line, column, said):
    found, told = faults(source)

    assert (code, line, column) in found
    assert code in CODES
    assert said in told
    assert f"x/.testmesh.yaml:{line}:{column}: {code}" in told


def test_a_reference_inside_a_text_of_several_lines_has_its_own_place():
    document = read("environments:\n  a:\n    variables:\n      x: |\n        one\n        two ${NOBODY}\n")
    (missing,) = document.found["environments.a.variables.x"].missing

    assert (missing.code, missing.line, missing.column) == ("TM210", 6, 13)


@pytest.mark.parametrize(
    ("text", "environment", "value"),
    [
        ("${A}", {"A": "1"}, "1"),
        ("${A}", {"A": ""}, ""),
        ("${A:-x}", {}, "x"),
        ("${A:-x}", {"A": ""}, "x"),
        ("${A:-}", {}, ""),
        ("${A}${A:-b}-$A", {"A": "1"}, "11-$A"),
        ("$${A}", {"A": "1"}, "${A}"),
        ("${A}", {"A": "${B}", "B": "no"}, "${B}"),
    ],
)
def test_a_reference_means_the_name_of_the_environment_once(text, environment, value):
    found = read(f"environments: {{a: {{variables: {{x: '{text}'}}}}}}", **environment)

    assert found.found["environments.a.variables.x"].value == value


def test_a_filled_in_value_is_judged_where_it_stands():
    found, told = faults("defaults:\n  jobs: ${JOBS}", JOBS="many")

    assert found == [("TM201", 2, 9)]
    assert 'the text "many"' in told


def test_a_user_has_no_say_in_what_a_project_tests():
    for key in ("project: a", "plugins: []", "env_allow: [A]"):
        found, told = faults(key, "user")

        assert found == [("TM203", 1, 1)]
        assert "defaults" in told
    assert read("defaults: {jobs: 2}", "user").found["defaults.jobs"].value == 2
