"""A flow's own keys as JSON Schema."""

from testmesh_engine.language.inputs import TYPES
from testmesh_engine.language.limits import MAX_NAME
from testmesh_engine.language.schema_parts import (
    DURATION,
    FLAG,
    SOME_STEPS,
    STEPS,
    TEXT,
    TEXTS,
    Schema,
    closed,
    named,
    taken,
    told,
)


def document_schema() -> Schema:
    """Return the schema of a flow."""
    return closed({**_description(), **_values(), **_steps(), **_terms()}, "name", "steps")


def _description() -> Schema:
    return {
        "name": told({"type": "string", "minLength": 1, "maxLength": MAX_NAME}, "What the flow is called"),
        "version": told({"const": 1}, "Of the flow language", default=1),
        "description": told(TEXT, "What the flow is for"),
        "suite": told(TEXT, "The group of flows that it belongs to"),
        "tags": told(TEXTS, "Words to filter flows by"),
    }


def _values() -> Schema:
    input_ = {
        "type": told({"enum": list(TYPES)}, "What kind of value it takes", default="any"),
        "default": {"description": "The value where the caller gives none"},
        "required": told(FLAG, "The flow does not start without a value", default=False),
        "secret": told(FLAG, "Mask the value in all that is shown and recorded", default=False),
        "description": told(TEXT, "What the value is for"),
    }
    file: Schema = {"type": "string", "pattern": r"\.(csv|json|ya?ml|CSV|JSON|YA?ML)$"}
    from_file = closed({"file": told(file, "CSV, JSON or YAML, relative to this flow's file")}, "file")
    rows = {"oneOf": [{"type": "array", "minItems": 1, "items": named(True)}, from_file]}
    outputs = named(taken("The expression whose value is handed back"))
    return {
        "env": told(named(True), "Default variables; an environment and the caller override them"),
        "env_file": told(TEXT, "A file of KEY=VALUE lines, relative to this flow's file; below env"),
        "inputs": told(named(closed(input_)), "The typed parameters of the flow, by name"),
        "data": told(rows, "Rows, or {file}: the flow is carried out once a row, its columns are variables"),
        "outputs": told(outputs, "What the caller gets back, by name: expressions"),
    }


def _steps() -> Schema:
    return {
        "requires": told(STEPS, "Steps that must pass first; otherwise the flow ends as an error, never as failed"),
        "setup": told(STEPS, "Steps before the steps; where one does not pass, the steps are not run"),
        "steps": told(SOME_STEPS, "The steps of the test, in order"),
        "teardown": told(STEPS, "Steps that always run at the end, within a minute of their own"),
    }


def _terms() -> Schema:
    policies: Schema = {"enum": ["queue", "skip", "cancel_older"]}
    concurrency = {
        "key": told(TEXT, "What runs share; a reference such as ${base_url} makes a key for each value"),
        "policy": told(policies, "Wait, leave this run out, or end the older one", default="queue"),
    }
    runs: Schema = {"type": "integer", "minimum": 1, "maximum": 100}
    return {
        "timeout": told(DURATION, "For the whole flow; teardown has a minute beyond it", default="10m"),
        "queue_timeout": told(DURATION, "For its wait on a server", default="1h"),
        "environment": told(TEXT, "The environment on a server where the caller names none"),
        "priority": told({"enum": ["high", "normal", "low"]}, "Which waiting flows are run first", default="normal"),
        "on_runner_lost": told({"enum": ["rerun", "fail"]}, "What becomes of a run whose runner died", default="rerun"),
        "max_runs": told(runs, "How often a server begins the flow at most", default=2),
        "concurrency": told(closed(concurrency, "key"), "Keeps runs that share a key from running at once"),
    }
