import pytest

pytestmark = pytest.mark.integration

FLOW = """\
name: x
outputs: {seen: seen}
inputs: {amount: {type: integer, default: 1}}
env: {base_url: "http://${host ?? 'a'}"}
steps:
  - action: log
    config: {message: "hi ${who}"}
    when: (skipped ?? '') == ''
    assert: [level != other]
    output: {seen: 'wanted ?? message'}
"""
READ = ("amount=2", "base_url=b", "host=h", "who=me", "skipped=", "other=o", "wanted=w")


def given(*pairs):
    return [word for pair in pairs for word in ("--var", pair)]


def test_a_variable_that_nothing_reads_is_told_with_the_name_that_was_meant(testmesh, write):
    write("x.yaml", FLOW)

    done = testmesh(
        "run",
        "x.yaml",
        *given("who=me", "other=o", "host=h", "skipped=", "wanted=w", "base_ulr=http://b", "nonsense=1"),
    )

    assert done.returncode == 0, done.stdout
    assert done.stderr.splitlines() == [
        "testmesh: nothing in x.yaml reads the variable `base_ulr`; did you mean `base_url`?",
        "testmesh: nothing in x.yaml reads the variable `nonsense`",
    ]


def test_a_variable_that_some_flow_reads_or_declares_is_no_word_worth(testmesh, write):
    write("flows/x.yaml", FLOW)
    write("flows/y.yaml", "name: y\nsteps: [{action: log, config: {message: hi}}]\n")

    one = testmesh("run", "flows/x.yaml", *given(*READ))
    both = testmesh("run", "flows", *given(*READ, "zzz=1"))

    assert one.stderr == ""
    assert both.stderr == "testmesh: nothing in the 2 flows reads the variable `zzz`\n"
