"""Every code that the language, the engine and its actions say, with what it means and what to do about it."""

from testmesh_engine.codes.code import Code
from testmesh_engine.codes.egress import EGRESS
from testmesh_engine.codes.meaning import MEANING
from testmesh_engine.codes.running import RUNNING
from testmesh_engine.codes.schema import SCHEMA
from testmesh_engine.codes.syntax import SYNTAX

CODES: dict[str, Code] = {**SYNTAX, **SCHEMA, **MEANING, **RUNNING, **EGRESS}
"""By code: TM1xx syntax, TM2xx schema, TM3xx meaning, TM4xx while a flow runs."""

__all__ = ["CODES", "Code"]
