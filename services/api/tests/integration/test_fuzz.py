"""Whatever is sent, the answer is the client's fault or a success: never ours."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.integration
TEXT = st.text(st.characters(exclude_categories=[]), max_size=12)
NUMBERS = st.integers() | st.integers(10**20, 10**400) | st.floats()
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
STEPS = st.lists(
    st.fixed_dictionaries({"action": st.sampled_from(["log", "set", "delay"]) | VALUES}, optional={"config": VALUES}),
    max_size=2,
)
DEFINITIONS = VALUES | st.fixed_dictionaries(
    {"name": TEXT, "steps": STEPS},
    optional={"timeout": VALUES, "inputs": VALUES, "env": VALUES, "description": VALUES, "environment": VALUES},
)
GOOD = {"name": "good", "steps": [{"action": "log", "config": {"message": "x"}}]}
FLOWS = VALUES | st.fixed_dictionaries({"definition": DEFINITIONS})
ENVIRONMENTS = VALUES | st.fixed_dictionaries({"name": TEXT}, optional={"description": VALUES, "variables": VALUES})
ORDER = st.fixed_dictionaries(
    {},
    optional={
        "definition": st.just(GOOD) | DEFINITIONS,
        "source": TEXT,
        "flow_id": st.uuids().map(str) | VALUES,
        "environment": TEXT,
        "variables": st.dictionaries(TEXT, VALUES, max_size=3) | VALUES,
        "inputs": VALUES,
        "priority": st.sampled_from(["high", "low"]) | VALUES,
        "timeout": st.sampled_from(["1s", "25h", "0s", "-1s"]) | VALUES,
        "labels": VALUES,
        "trigger_type": st.sampled_from(["manual", "scheduled"]) | VALUES,
    },
)
FIELDS = {
    "variables": VALUES,
    "inputs": VALUES,
    "timeout": st.from_regex(r"[0-9]{1,14}(ms|s|m|h|d)?", fullmatch=True) | VALUES,
    "labels": VALUES,
    "environment": TEXT,
}
NEARLY_GOOD = st.sampled_from(sorted(FIELDS)).flatmap(
    lambda name: FIELDS[name].map(lambda value: {"definition": GOOD, name: value})
)
ORDERS = VALUES | NEARLY_GOOD | ORDER | st.fixed_dictionaries({"items": st.lists(ORDER, max_size=3) | VALUES})
STEP = st.fixed_dictionaries(
    {"path": TEXT, "step_id": TEXT, "name": TEXT, "action": TEXT, "phase": st.just("steps"), "number": st.integers()},
    optional={
        "started_at": st.datetimes().map(lambda at: at.isoformat() + "Z") | VALUES,
        "finished_at": st.datetimes().map(lambda at: at.isoformat() + "+14:00") | VALUES,
        "duration_ms": NUMBERS,
        "status": st.just("passed") | VALUES,
        "output": VALUES,
    },
)
UPLOADS = VALUES | st.fixed_dictionaries(
    {"id": st.uuids(version=4).map(str) | st.just("0192f6a0-6f4e-7c3e-9a51-2f5f0a6d7b10"), "status": st.just("passed")},
    optional={
        "flow_name": TEXT,
        "source": TEXT,
        "steps": st.lists(STEP, max_size=3) | VALUES,
        "started_at": st.datetimes().map(lambda at: at.isoformat() + "-14:00") | VALUES,
        "finished_at": st.datetimes().map(lambda at: at.isoformat() + "Z") | VALUES,
        "duration_ms": NUMBERS,
        "outputs": VALUES,
    },
)
BODIES = st.one_of(
    st.tuples(st.just("/api/v1/flows"), FLOWS),
    st.tuples(st.just("/api/v1/flows/validate"), FLOWS),
    st.tuples(st.just("/api/v1/environments"), ENVIRONMENTS),
    st.tuples(st.just("/api/v1/executions"), ORDERS),
    st.tuples(st.just("/api/v1/executions/upload"), UPLOADS),
)
PATHS = st.sampled_from(
    ["/api/v1/flows", "/api/v1/flows/validate", "/api/v1/environments", "/api/v1/executions", "/api/v1/executions/x"]
)
TYPES = st.sampled_from(["application/json", "application/yaml", "text/yaml; charset=utf-16", "a/b", ";", ""])
ONE = ["", "/0192f6a0-6f4e-7c3e-9a51-2f5f0a6d7b10", "/0192f6a0-6f4e-7c3e-9a51-2f5f0a6d7b10/logs"]
ONLY = settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def test_no_json_body_is_answered_with_a_failure_of_ours(api: Any) -> None:
    loop = asyncio.get_running_loop()

    @ONLY
    @given(BODIES)
    def send(case: tuple[str, Any]) -> None:
        path, body = case
        content = json.dumps(body).encode()
        headers = {"content-type": "application/json", "idempotency-key": str(hash(content))}
        assert_judged(loop, api, "POST", path, content=content, headers=headers)

    await asyncio.to_thread(send)


async def test_no_bytes_are_answered_with_a_failure_of_ours(api: Any) -> None:
    loop = asyncio.get_running_loop()

    @ONLY
    @given(PATHS, st.binary(max_size=60) | TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")), TYPES)
    def send(path: str, content: bytes, kind: str) -> None:
        assert_judged(loop, api, "POST", path, content=content, headers={"content-type": kind})

    await asyncio.to_thread(send)


async def test_no_parameter_is_answered_with_a_failure_of_ours(api: Any) -> None:
    loop = asyncio.get_running_loop()
    names = st.sampled_from(
        ["limit", "cursor", "name", "suite", "tag", "status", "flow_id", "batch_id", "steps", "step", "q"]
    )
    texts = st.text(max_size=12)

    @ONLY
    @given(
        st.sampled_from(["flows", "environments", "executions"]), st.dictionaries(names, texts), st.sampled_from(ONE)
    )
    def ask(listing: str, params: dict[str, str], one: str) -> None:
        path = f"/api/v1/{listing}{one}"
        assert_judged(loop, api, "GET", path, params=params)

    await asyncio.to_thread(ask)


def assert_judged(loop: asyncio.AbstractEventLoop, api: Any, method: str, path: str, **request: Any) -> None:
    answer = asyncio.run_coroutine_threadsafe(api.client.request(method, path, **request), loop).result(30)

    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"]
