"""The actions that come with the engine, one file each; a new one is one file and one line here."""

from testmesh_engine.actions.registry import ALIASES, ActionRegistry, ActionTakenError, AnyAction, BuiltIn

BUILT_IN = (
    BuiltIn("assert", "assertion", "AssertAction"),
    BuiltIn("browser", "browser", "BrowserAction"),
    BuiltIn("database_query", "database_query", "DatabaseQueryAction"),
    BuiltIn("delay", "delay", "DelayAction"),
    BuiltIn("fail", "fail", "FailAction"),
    BuiltIn("grpc_call", "grpc_call", "GrpcCallAction"),
    BuiltIn("http_request", "http_request", "HttpRequestAction"),
    BuiltIn("log", "log", "LogAction"),
    BuiltIn("mock_server_start", "mock_server_start", "MockServerStartAction"),
    BuiltIn("mock_server_stop", "mock_server_stop", "MockServerStopAction"),
    BuiltIn("mock_server_verify", "mock_server_verify", "MockServerVerifyAction"),
    BuiltIn("redis.del", "redis", "RedisDelAction"),
    BuiltIn("redis.exists", "redis", "RedisExistsAction"),
    BuiltIn("redis.get", "redis", "RedisGetAction"),
    BuiltIn("redis.set", "redis", "RedisSetAction"),
    BuiltIn("redis_command", "redis", "RedisCommandAction"),
    BuiltIn("set", "set", "SetAction"),
    BuiltIn("webhook_receive", "webhook_receive", "WebhookReceiveAction"),
    BuiltIn("websocket", "websocket", "WebSocketAction"),
)

__all__ = ["ALIASES", "BUILT_IN", "ActionRegistry", "ActionTakenError", "AnyAction", "BuiltIn"]
