from testmesh_engine.reporters.explanation import Places
from testmesh_engine.reporters.tree import in_order, tree
from testmesh_engine.reporters.verdicts import Verdicts


def paths(steps):
    return [step.path for step in steps]


def test_the_innermost_failed_steps_are_the_cause(make):
    group = make.step("g", "failed", number=1)
    inner = make.failing("g/pay", number=2, parent_path="g")
    fine = make.step("g/look", number=3, parent_path="g")

    assert paths(Verdicts(make.flow("failed", [group, inner, fine])).causes()) == ["g/pay"]


def test_a_container_with_an_assertion_of_its_own_that_does_not_hold_is_a_cause_too(make):
    group = make.failing("g", number=1)
    inner = make.failing("g/pay", number=2, parent_path="g")

    assert paths(Verdicts(make.flow("failed", [group, inner])).causes()) == ["g", "g/pay"]


def test_what_failed_in_something_that_passed_is_no_cause(make):
    group = make.step("g", number=1)
    inner = make.failing("g/pay", number=2, parent_path="g")
    other = make.failing("other", number=3)

    assert paths(Verdicts(make.flow("failed", [group, inner, other])).causes()) == ["other"]


def test_a_flow_that_did_not_pass_is_not_called_flaky(make):
    assert Verdicts(make.flow("failed", [make.retried()])).flaky() == []


def test_no_step_is_left_out_of_the_tree(make):
    steps = [make.step("b", number=2), make.step("a", number=1), make.step("lost/c", number=3, parent_path="lost")]

    assert [(one.step.path, one.depth) for one in in_order(tree(steps))] == [("a", 0), ("b", 0), ("lost/c", 0)]


def test_a_place_in_a_called_flow_is_named_and_never_shown_from_the_callers_text(make):
    call = make.step("call", "failed", number=1, action="run_flow")
    inner = make.failing("call/pay", number=2, parent_path="call")
    places = Places(make.flow("failed", [call, inner]))

    assert places.at(inner, 5, 29) is None
    assert places.label(inner, 5, 29) == "the flow that call calls:5:29"
    assert places.at(call, 5, 29) is not None


def test_a_caret_stands_below_its_sign_in_a_long_line_and_behind_tabs(make):
    for source, column in (("\t\tx: [PLACE]\n", 7), ("a" * 5_000 + "PLACE" + "b" * 5_000, 5_001), ("\x1bPLACE", 2)):
        found = Places(make.flow("failed", source=source)).at(make.step("a"), 1, column)
        assert found.text[found.caret :].startswith("PLACE")
        assert len(found.text) < 320
