import hashlib

import pytest

from testmesh_contracts.executions import FlowBody

pytestmark = pytest.mark.integration

STEP = '  - action: log\n    config: {message: "' + "x" * 20_000 + '"}\n'
LARGE = "name: loud\nsteps:\n" + STEP * 30


def _kept(house, source, digest=None):
    digest = digest or hashlib.sha256(source.encode()).hexdigest()
    folder = house.folder / "artifacts" / "flows"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / digest).write_text(source)
    return house.request(body=FlowBody(digest=digest))


async def test_a_flow_too_large_for_a_message_is_read_from_the_store_and_tells_everything(house):
    requests = [_kept(house, LARGE) for _ in range(3)]
    await house.ask(*requests)
    house.start_runner()

    await house.until_finished(*requests)

    for request in requests:
        events = house.events[request.execution_id, 1]
        assert sorted(events) == list(range(1, len(events) + 1))
        assert sum(event["type"] == "step.finished" for event in events.values()) == 30
        assert house.finished[request.execution_id][0]["status"] == "passed"


async def test_a_flow_that_is_not_in_the_store_or_was_changed_there_ends_as_an_error(house):
    missing = house.request(body=FlowBody(digest="a" * 64))
    changed = _kept(house, LARGE, digest="b" * 64)
    outside = house.request(body=FlowBody(digest="../../etc/passwd"))
    await house.ask(missing, changed, outside)
    house.start_runner()

    await house.until_finished(missing, changed, outside)

    codes = [house.finished[each.execution_id][0]["error_code"] for each in (missing, changed, outside)]
    assert codes == ["flow_body_missing", "flow_body_changed", "flow_body_missing"]
