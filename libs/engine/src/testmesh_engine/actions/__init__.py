"""The actions that come with the engine, one file each; a new one is one file and one line here."""

from testmesh_engine.actions.assertion import AssertAction
from testmesh_engine.actions.browser import BrowserAction
from testmesh_engine.actions.database_query import DatabaseQueryAction
from testmesh_engine.actions.delay import DelayAction
from testmesh_engine.actions.fail import FailAction
from testmesh_engine.actions.http_request import HttpRequestAction
from testmesh_engine.actions.log import LogAction
from testmesh_engine.actions.mock_server_start import MockServerStartAction
from testmesh_engine.actions.mock_server_stop import MockServerStopAction
from testmesh_engine.actions.mock_server_verify import MockServerVerifyAction
from testmesh_engine.actions.registry import ALIASES, ActionRegistry, ActionTakenError, AnyAction
from testmesh_engine.actions.set import SetAction
from testmesh_engine.actions.webhook_receive import WebhookReceiveAction
from testmesh_engine.actions.websocket import WebSocketAction

BUILT_IN: tuple[AnyAction, ...] = (
    AssertAction,
    BrowserAction,
    DatabaseQueryAction,
    DelayAction,
    FailAction,
    HttpRequestAction,
    LogAction,
    MockServerStartAction,
    MockServerStopAction,
    MockServerVerifyAction,
    SetAction,
    WebSocketAction,
    WebhookReceiveAction,
)

__all__ = ["ALIASES", "BUILT_IN", "ActionRegistry", "ActionTakenError", "AnyAction"]
