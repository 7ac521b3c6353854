"""Every code that the language, the engine and its actions say, with what it means and what to do about it."""

from testmesh_engine.codes.artifacts import ARTIFACTS
from testmesh_engine.codes.browser import BROWSER
from testmesh_engine.codes.code import Code
from testmesh_engine.codes.database import DATABASE
from testmesh_engine.codes.egress import EGRESS
from testmesh_engine.codes.grpc import GRPC
from testmesh_engine.codes.http import HTTP
from testmesh_engine.codes.meaning import MEANING
from testmesh_engine.codes.mocks import MOCKS
from testmesh_engine.codes.redis import REDIS
from testmesh_engine.codes.running import RUNNING
from testmesh_engine.codes.schema import SCHEMA
from testmesh_engine.codes.syntax import SYNTAX
from testmesh_engine.codes.websocket import WEBSOCKET

_GROUPS = (
    SYNTAX,
    SCHEMA,
    MEANING,
    RUNNING,
    EGRESS,
    ARTIFACTS,
    HTTP,
    DATABASE,
    BROWSER,
    WEBSOCKET,
    MOCKS,
    GRPC,
    REDIS,
)

CODES: dict[str, Code] = {code: meaning for group in _GROUPS for code, meaning in group.items()}
"""By code: TM1xx syntax, TM2xx schema, TM3xx meaning, TM4xx while a flow runs, TM5xx of single actions."""

__all__ = ["CODES", "Code"]
