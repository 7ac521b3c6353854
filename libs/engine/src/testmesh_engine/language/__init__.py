"""The flow language: from a source to a checked, compiled flow, with every fault at its line and column."""

from testmesh_engine.language.diagnostics import Diagnostic, FlowInvalidError, render_diagnostic
from testmesh_engine.language.models import Assertion, Eventually, Flow, Input, Output, Retry, Step
from testmesh_engine.language.parse import parse_flow
from testmesh_engine.language.schema import flow_schema

__all__ = [
    "Assertion",
    "Diagnostic",
    "Eventually",
    "Flow",
    "FlowInvalidError",
    "Input",
    "Output",
    "Retry",
    "Step",
    "flow_schema",
    "parse_flow",
    "render_diagnostic",
]
