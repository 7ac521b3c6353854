"""Calls of all four kinds, and their ends: what a server says is data, what nobody said is an error."""

import pytest

pytestmark = pytest.mark.integration
INVENTORY, PROBE = "shop.Inventory", "probe.Probe"


async def test_a_unary_call_gives_the_response_with_all_of_its_fields(answer):
    found = await answer(INVENTORY, "GetStock", request={"sku": "lamp"})

    assert (found["status_code"], found["status"], found["message"]) == (0, "OK", "")
    assert found["response"] == {
        "sku": "lamp",
        "quantity": 5,
        "price": {"currency": "EUR", "units": 29, "nanos": 990000000},
        "condition": "NEW",
        "shelves": ["a1", "b2"],
        "note": None,
        "counted_at": None,
    }
    assert found["responses"] == [found["response"]]
    assert found["metadata"]["warehouse"] == "north"
    assert found["metadata"]["seen-bin"] == "AP8="
    assert found["trailers"]["counted-by"] == "ann, bob"


async def test_a_zero_can_be_asserted(call):
    played = await call(INVENTORY, "GetStock", "response.quantity == 0", request={"sku": "sold-out"})

    assert played.status == "passed", played.error_message


async def test_a_mistyped_field_of_a_response_is_no_nil(call):
    played = await call(INVENTORY, "GetStock", 'response.nmae != "x"', request={"sku": "lamp"})

    assert played.status != "passed"


async def test_a_stream_of_responses_is_read_to_its_end(answer):
    found = await answer(INVENTORY, "WatchStock", request={"sku": "lamp", "changes": 300})

    assert [each["quantity"] for each in found["responses"]] == list(range(300))
    assert found["response"] is None
    assert found["status"] == "OK"


async def test_a_stream_without_end_is_ended_by_take(answer):
    found = await answer(INVENTORY, "WatchStock", request={"sku": "lamp"}, take=3)

    assert [each["quantity"] for each in found["responses"]] == [0, 1, 2]
    assert (found["status_code"], found["status"], found["ended_by"]) == (1, "CANCELLED", "take")


async def test_a_stream_of_requests_is_sent_whole(answer):
    requests = [{"sku": "lamp", "quantity": number} for number in range(1, 101)]

    found = await answer(INVENTORY, "Deliver", requests=requests)

    assert found["response"] == {"deliveries": 100, "total": 5050}


async def test_an_empty_stream_of_requests_is_one(answer):
    assert (await answer(INVENTORY, "Deliver", requests=[]))["response"] == {"deliveries": 0, "total": 0}


async def test_both_sides_may_stream(answer):
    found = await answer(INVENTORY, "Haggle", requests=[{"units": 12}, {"units": 10}])

    assert found["responses"] == [{"units": 11, "accepted": False}, {"units": 9, "accepted": True}]


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_either_version_of_reflection_is_spoken(answer, peer, version):
    found = await answer(INVENTORY, "GetStock", address=peer[version], request={"sku": "mug"})

    assert found["response"]["quantity"] == 40


@pytest.mark.parametrize("code", range(1, 17))
async def test_every_status_that_a_server_sends_is_data(answer, code):
    found = await answer(PROBE, "Fail", request={"code": code, "message": "because"})

    assert found["status_code"] == code
    assert found["message"] == "because"
    assert found["response"] is None


async def test_a_missing_thing_is_a_result_with_its_name_and_words(call):
    played = await call(
        INVENTORY,
        "GetStock",
        "status_code == 5",
        'status == "NOT_FOUND"',
        'message contains "no shelf"',
        request={"sku": "chair"},
    )

    assert played.status == "passed", played.error_message


async def test_what_came_before_a_stream_failed_is_kept(answer):
    found = await answer(PROBE, "FailLate", request={"code": 8, "message": "enough", "after_messages": 2})

    assert found["status"] == "RESOURCE_EXHAUSTED"
    assert found["responses"] == [{"data": "eA=="}] * 2


async def test_the_authors_deadline_is_told_to_the_server_and_its_end_is_data(answer):
    found = await answer(PROBE, "Fail", request={"after_ms": 3000}, deadline="200ms")

    assert (found["status_code"], found["status"], found["ended_by"]) == (4, "DEADLINE_EXCEEDED", "deadline")


async def test_the_server_is_told_how_long_it_has(answer):
    found = await answer(PROBE, "Caller", deadline="20s")

    assert 15_000 < found["response"]["deadline_ms"] < 25_000


async def test_the_end_of_the_steps_own_time_is_an_error(fault_of):
    code, message = await fault_of(PROBE, "Fail", request={"after_ms": 3000}, timeout="400ms")

    assert code == "TM534"
    assert "no answer in time" in message


async def test_a_longer_deadline_raises_the_time_of_the_step(play, peer):
    from testmesh_engine.actions.grpc_call import GrpcCallConfig

    config = GrpcCallConfig.model_validate({"address": "a:1", "service": "a", "method": "b", "deadline": "2m"})

    assert config.timeout == 120.0


async def test_metadata_reaches_the_server_and_comes_back(answer):
    sent = {"Authorization": "Bearer t", "x-number": 7, "x-list": ["a", "b"], "x-data-bin": "AP8="}

    found = await answer(PROBE, "Caller", metadata=sent)

    seen = found["response"]["metadata"]
    assert seen["authorization"] == "Bearer t"
    assert seen["x-number"] == "7"
    assert seen["x-list"] == "a|b"
    assert seen["x-data-bin"] == "AP8="


async def test_the_authority_is_the_address_unless_the_step_says_another(answer, peer):
    assert (await answer(PROBE, "Caller"))["response"]["authority"] == peer["v1"]
    assert (await answer(PROBE, "Caller", authority="shop.test"))["response"]["authority"] == "shop.test"


async def test_metadata_that_proves_who_calls_is_not_recorded(call):
    played = await call(PROBE, "Caller", metadata={"authorization": "Bearer verysecret", "x-tenant": "a"})

    assert played.input["metadata"] == {"authorization": "***", "x-tenant": "a"}


async def test_a_status_that_nothing_judges_is_warned_of(play, peer):
    config = {"address": peer["v1"], "service": INVENTORY, "method": "GetStock", "request": {"sku": "chair"}}
    import json

    played = await play(json.dumps({"name": "a", "steps": [{"id": "a", "action": "grpc_call", "config": config}]}))

    assert any("NOT_FOUND" in warning for warning in played.outcome.warnings), played.outcome.warnings
