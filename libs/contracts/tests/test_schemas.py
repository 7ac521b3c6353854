import json
import re
import tomllib
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from testmesh_contracts import TOPICS, Topic
from testmesh_contracts.asyncapi import RELEASE, asyncapi_document
from testmesh_contracts.schemas import ANSWERS, documents, main, stale, topic_schema
from testmesh_contracts.topics import REPLIES, RESULTS

MEMBER = Path(__file__).parents[1]
EXAMPLES = [(row, path) for row in TOPICS for path in sorted((MEMBER / "examples" / row.name / "v1").glob("*.json"))]


@cache
def judge(row: Topic) -> Draft202012Validator:
    return Draft202012Validator(topic_schema(row))


def test_the_committed_schemas_are_those_of_the_map() -> None:
    assert stale(MEMBER / "schemas") == [], "run `python -m testmesh_contracts.schemas libs/contracts/schemas`"


@pytest.mark.parametrize("row", TOPICS, ids=lambda row: row.name)
def test_a_topics_schema_is_a_schema(row: Topic) -> None:
    Draft202012Validator.check_schema(topic_schema(row))


@pytest.mark.parametrize(("row", "path"), EXAMPLES, ids=lambda part: getattr(part, "stem", ""))
def test_an_example_is_valid_by_its_topics_schema(row: Topic, path: Path) -> None:
    judge(row).validate(json.loads(path.read_bytes()))


@pytest.mark.parametrize("row", TOPICS, ids=lambda row: row.name)
def test_a_body_of_another_type_is_not_valid(row: Topic) -> None:
    first = next(path for topic, path in EXAMPLES if topic is row)
    body = json.loads(first.read_bytes()) | {"type": "execution.imagined"}

    with pytest.raises(ValidationError):
        judge(row).validate(body)


def test_a_result_out_of_its_cloud_event_is_not_valid() -> None:
    path = next(path for topic, path in EXAMPLES if topic is RESULTS)

    with pytest.raises(ValidationError):
        judge(RESULTS).validate(json.loads(path.read_bytes())["data"])


def test_each_answer_that_a_question_or_command_promises_has_a_schema() -> None:
    asked = [model for row in TOPICS if row.kind in ("query", "command") for model in row.messages]
    promised = {model: re.search(r"Answer: (\w+)", model.__doc__ or "") for model in asked}

    assert [model for model, answer in promised.items() if answer is None] == []
    assert {answer[1] for answer in promised.values() if answer} - {"none"} == {model.__name__ for model in ANSWERS}
    assert set(topic_schema(REPLIES)["x-results"]) == {model.__name__ for model in ANSWERS}


@pytest.mark.parametrize("model", ANSWERS, ids=lambda model: model.__name__)
def test_each_answer_has_an_example(model) -> None:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()
    result = json.loads((MEMBER / "examples/replies/v1" / f"{name}.json").read_bytes())["result"]

    assert model.model_validate(result).model_dump(mode="json") == result


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [found for item in node for found in _references(item)]
    if not isinstance(node, dict):
        return []
    here = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return here + _references(list(node.values()))


def test_each_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi_document(TOPICS)

    references = _references(document)

    assert len(references) > 100
    for reference in references:
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        assert isinstance(target, dict)


def test_the_asyncapi_document_says_all_that_the_map_says() -> None:
    document = asyncapi_document(TOPICS)
    said = {f"{service}.says.{row.name}" for row in TOPICS for service in row.said_by}
    heard = {f"{service}.hears.{row.name}.{way}" for row in TOPICS for service, way in row.heard_by}

    assert set(document["channels"]) == {row.name for row in TOPICS}
    assert set(document["operations"]) == said | heard
    assert set(document["components"]["messages"]) == set(chain(*(row.models for row in TOPICS)))


def test_the_release_is_that_of_the_package_and_has_its_snapshot() -> None:
    project = tomllib.loads((MEMBER / "pyproject.toml").read_text())["project"]

    assert project["version"] == RELEASE
    assert (MEMBER / "released" / RELEASE / "asyncapi.json").exists()


def test_written_schemas_are_current_and_what_left_the_map_is_removed(tmp_path, capsys) -> None:
    (tmp_path / "executions.gossip.v1.schema.json").write_text("{}")

    assert main([str(tmp_path)]) == 0

    assert {path.name for path in tmp_path.iterdir()} == set(documents())
    assert main(["--check", str(tmp_path)]) == 0
    assert "gossip" in capsys.readouterr().out


def test_a_check_names_each_stale_file_and_writes_nothing(tmp_path, capsys) -> None:
    main([str(tmp_path)])
    (tmp_path / "replies.v1.schema.json").write_text("{}")
    (tmp_path / "asyncapi.json").unlink()
    capsys.readouterr()

    assert main(["--check", str(tmp_path)]) == 1

    told = capsys.readouterr().out.splitlines()
    assert [line.rpartition("/")[2] for line in told] == ["asyncapi.json", "replies.v1.schema.json"]
    assert (tmp_path / "replies.v1.schema.json").read_text() == "{}"
