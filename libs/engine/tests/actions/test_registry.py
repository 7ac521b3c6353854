import subprocess
import sys

import pytest

from testmesh_engine.actions import BUILT_IN, ActionRegistry, ActionTakenError
from testmesh_engine.actions.log import LogAction


def test_every_built_in_action_is_found_by_its_name():
    registry = ActionRegistry(BUILT_IN)

    assert registry.names() == [
        "assert",
        "browser",
        "database_query",
        "delay",
        "fail",
        "grpc_call",
        "http_request",
        "log",
        "mock_server_start",
        "mock_server_stop",
        "mock_server_verify",
        "redis.del",
        "redis.exists",
        "redis.get",
        "redis.set",
        "redis_command",
        "set",
        "webhook_receive",
        "websocket",
    ]
    assert registry.find("log") is LogAction
    assert registry.find("nope") is None


def test_a_name_is_given_once():
    with pytest.raises(ActionTakenError):
        ActionRegistry((LogAction, LogAction))


@pytest.mark.integration
def test_reading_a_flow_loads_no_http_library():
    program = "import sys, testmesh_engine.language.parse as parse, testmesh_engine.executor\n"
    program += "parse.built_in_actions(); sys.exit('aiohttp' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_every_built_in_action_is_what_its_line_says():
    for line in BUILT_IN:
        assert line.load().name == line.name


def test_an_action_that_no_flow_asks_for_is_not_imported():
    program = "import sys; from testmesh_engine.language import parse_flow\n"
    program += "parse_flow('name: x\\nsteps: [{action: log, config: {message: hello}}]')\n"
    program += "sys.exit('testmesh_engine.actions.database_query' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_name_of_a_built_in_action_is_taken():
    class Mine(LogAction):
        name = "http_request"

    with pytest.raises(ActionTakenError, match="Mine cannot be the action 'http_request': HttpRequestAction is"):
        ActionRegistry((*BUILT_IN, Mine))


def test_every_config_and_result_has_a_json_schema():
    for action in (line.load() for line in BUILT_IN):
        assert action.config.model_json_schema()["type"] == "object"
        assert action.result.model_json_schema()["type"] == "object"


def test_no_action_takes_a_name_of_control_flow():
    class Mine(LogAction):
        name = "group"

    with pytest.raises(ActionTakenError, match="control flow"):
        ActionRegistry((Mine,))


def test_an_action_made_with_settings_takes_the_place_of_the_one_without():
    registry, settled = ActionRegistry(BUILT_IN), LogAction()
    registry.settle(settled)

    assert registry.get("log") is settled
