"""The files are read back into Allure's own model, which knows no other fields, and written out as it would."""

import json

import pytest
from allure_commons import model2
from attr import asdict

from testmesh_contracts.events import LogLine
from testmesh_engine.reporters import Artifact
from testmesh_engine.reporters.allure import history_id, write_results

KINDS = {
    "statusDetails": model2.StatusDetails,
    "steps": model2.TestStepResult,
    "parameters": model2.Parameter,
    "attachments": model2.Attachment,
    "labels": model2.Label,
}


def modelled(kind, document):
    """Read a document as a class of Allure's model; an unknown field is a TypeError."""
    values = {}
    for name, value in document.items():
        inner = KINDS.get(name)
        if inner and isinstance(value, list):
            values[name] = [modelled(inner, one) for one in value]
        else:
            values[name] = modelled(inner, value) if inner else value
    return kind(**values)


class Folder:
    def __init__(self, report, read=lambda artifact: None):
        self.files = {}
        write_results(report, self._put, read)
        self.documents = [json.loads(data) for name, data in self.files.items() if name.endswith("-result.json")]
        self.results = [modelled(model2.TestResult, document) for document in self.documents]

    def _put(self, name, data):
        assert name not in self.files
        self.files[name] = data

    def text(self, attachment):
        return self.files[attachment.source].decode()


def written(item):
    """Return a result as Allure's own logger writes it: without what is empty."""
    return asdict(item, filter=lambda _, value: value or value is False)


def test_allures_own_model_reads_and_writes_a_result_as_it_is(make):
    steps = [make.failing(number=1), make.retried("stock", number=2, input={"a": 1})]
    folder = Folder(make.run(make.flow("failed", steps, seed=7, environment="staging"), exit_code=1))

    (document,), (result,) = folder.documents, folder.results

    assert written(result) == document
    assert f"{result.uuid}-result.json" in folder.files


def test_what_failed_is_failed_and_what_could_not_be_judged_is_broken(make):
    flows = [make.flow(status) for status in ("passed", "failed", "error", "cancelled", "not_run")]

    found = [result.status for result in Folder(make.run(*flows, exit_code=3)).results]

    assert found == ["passed", "failed", "broken", "broken", "skipped"]


def test_steps_are_nested_with_their_times_tries_assertions_and_values(make):
    outer = make.step("each", number=1, action="for_each")
    inner = make.failing("each/pay", number=2, parent_path="each", input={"url": "x"}, retry_count=1,
                         attempts=[make.attempt(1, "failed", "a"), make.attempt(2, "failed", "b")])  # fmt: skip
    folder = Folder(make.run(make.flow("failed", [outer, inner]), exit_code=1))

    (each,) = folder.results[0].steps
    (pay,) = each.steps

    assert (each.name, pay.name, pay.status) == ("each", "pay", "failed")
    assert pay.stop - pay.start == 2
    assert [step.name for step in pay.steps] == ["attempt 1 of 2", "attempt 2 of 2", "assert body.total == 129.90"]
    assert [(one.name, one.value) for one in pay.steps[2].parameters] == [("body.total", "130.9")]
    assert "flows/order.yaml:5:29" in pay.statusDetails.trace
    assert {one.name: json.loads(folder.text(one)) for one in pay.attachments} == {
        "input": {"url": "x"},
        "output": {"status": 201},
    }


def test_what_passed_on_retry_is_flaky(make):
    result, waited = Folder(
        make.run(make.flow(steps=[make.retried()]), make.flow(steps=[make.retried()], awaited=frozenset({("pay", 3)})))
    ).results

    assert (result.status, result.statusDetails.flaky) == ("passed", True)
    assert result.statusDetails.message == "pay: attempt 1 failed; pay: attempt 2 error"
    assert waited.statusDetails is None


def test_the_history_of_a_flow_is_the_same_over_runs_and_seeds_and_another_for_each_repetition(make):
    assert history_id(make.flow(seed=1)) == history_id(make.flow("failed", seed=2, execution_id="x"))
    others = [make.flow(), make.flow(repetition=1), make.flow(repetition=2), make.flow(environment="a"),
              make.flow(file="b"), make.flow(name="b")]  # fmt: skip
    assert len({history_id(flow) for flow in others}) == len(others)


def test_labels_are_suite_tags_and_feature(make):
    (result,) = Folder(make.run(make.flow(suite="checkout", tags=("smoke", "shop")))).results

    found = {(label.name, label.value) for label in result.labels}
    assert {("suite", "checkout"), ("feature", "checkout"), ("tag", "smoke"), ("tag", "shop")} <= found


def test_every_attachment_that_a_result_names_is_in_the_folder(make):
    kept = Artifact("shot.png", "image/png", 3, "ab", "pay", "x")
    gone = Artifact("../../etc/passwd", "text/plain", 3, "cd", None)
    line = LogLine(path="pay", message="\x00 said", at=make.at)
    flow = make.flow("failed", [make.failing()], artifacts=[kept, gone], logs=[line], warnings=["w"], outputs={"a": 1})
    folder = Folder(make.run(flow, exit_code=1), lambda one: b"png" if one.file else None)

    (result,) = folder.results
    named = [*result.attachments, *result.steps[0].attachments]

    assert {one.source for one in named} == {name for name in folder.files if "-attachment." in name}
    assert all("/" not in name for name in folder.files)
    assert [folder.files[one.source] for one in named if one.name == "shot.png"] == [b"png"]
    assert "\\x00 said" in next(folder.text(one) for one in named if one.name == "log")


def test_hostile_words_and_huge_values_make_valid_files(make):
    hostile = "\ud800\x00</script>"
    step = make.failing(name=hostile, output={"a": hostile, "b": "x" * 3_000_000}, error_message=hostile)
    flow = make.flow("failed", [step], name=hostile, file=hostile, error_message=hostile, tags=(hostile,))

    folder = Folder(make.run(flow, exit_code=1))

    assert all(data.decode() for data in folder.files.values())
    (output,) = [one for one in folder.results[0].steps[0].attachments if one.name == "output"]
    assert "… (cut here: " in folder.text(output)
    assert output.type == "text/plain"


@pytest.mark.parametrize("exit_code", [0, 130])
def test_a_run_that_is_not_green_has_a_result_that_is_not(make, exit_code):
    found = [result.status for result in Folder(make.run(make.flow("not_run"), exit_code=exit_code)).results]

    assert found == (["skipped"] if exit_code == 0 else ["skipped", "broken"])
