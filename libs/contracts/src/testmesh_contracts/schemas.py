"""JSON Schemas (2020-12) of each topic's bodies and the AsyncAPI document, generated from the map.

`python -m testmesh_contracts.schemas DIR` writes them, `--check` only tells which files are not current.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from testmesh_contracts import executions, flows, queries, schedules
from testmesh_contracts.asyncapi import asyncapi_document
from testmesh_contracts.bodies import body_schema, with_said_types
from testmesh_contracts.message import JsonObject, Payload
from testmesh_contracts.topics import TOPICS, Topic

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ANSWERS: tuple[type[Payload], ...] = (
    flows.FlowView,
    flows.EnvironmentView,
    schedules.ScheduleView,
    executions.ExecutionView,
    queries.FlowList,
    queries.FlowVersionList,
    queries.EnvironmentList,
    queries.ExecutionList,
    queries.StepList,
    queries.LogList,
    queries.ArtifactList,
    queries.ArtifactPlace,
    queries.ScheduleList,
    queries.Resolution,
)
"""What `Answer.result` may be; the question or command says which."""


def topic_schema(topic: Topic) -> JsonObject:
    """Return the schema of the bodies of a topic; on the topic of replies also those of the results."""
    results = ANSWERS if topic.kind == "reply" else ()
    models: tuple[type[Payload], ...] = (*topic.messages, *results)
    refs, generated = models_json_schema([(model, "validation") for model in models])
    schema: JsonObject = {
        "$schema": DIALECT,
        "$id": f"urn:{topic.wire.replace('.', ':')}",
        "title": topic.wire,
        "description": topic.says,
        "anyOf": [body_schema(topic, model, refs[model, "validation"]) for model in topic.messages],
    }
    if results:
        schema["x-results"] = {model.__name__: refs[model, "validation"] for model in results}
    return schema | {"$defs": with_said_types(generated["$defs"])}


def documents() -> dict[str, str]:
    """Return the text of each generated file by its name."""
    found: dict[str, Any] = {f"{row.name}.v{row.version}.schema.json": topic_schema(row) for row in TOPICS}
    found["asyncapi.json"] = asyncapi_document(TOPICS)
    return {name: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for name, content in found.items()}


def stale(folder: Path) -> list[str]:
    """Return the names of files in a folder that are missing, differ from the map, or are no longer in it."""
    current = documents()
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in current.keys() | there.keys() if current.get(name) != there.get(name))


def write(folder: Path) -> list[str]:
    """Bring a folder up to date; return the names of the files that changed."""
    changed, current = stale(folder), documents()
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in current:
            (folder / name).write_text(current[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check a folder of schemas; the exit code is 1 where a check finds stale files."""
    parser = argparse.ArgumentParser(prog="python -m testmesh_contracts.schemas", description=__doc__)
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing, tell what is not current")
    chosen = parser.parse_args(arguments)
    names = stale(chosen.folder) if chosen.check else write(chosen.folder)
    word = "stale" if chosen.check else "written"
    sys.stdout.write("".join(f"{word}: {chosen.folder / name}\n" for name in names))
    return 1 if chosen.check and names else 0


if __name__ == "__main__":
    sys.exit(main())
