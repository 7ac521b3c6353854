"""Carries out a flow: setup, steps, teardown; tells each step as it happens."""

from testmesh_engine.executor.concurrency import concurrency_key
from testmesh_engine.executor.gate import Gate
from testmesh_engine.executor.interruption import Cancel
from testmesh_engine.executor.options import Emit, FlowOutcome, LeftOut, RunOptions
from testmesh_engine.executor.preparation import PreparationError
from testmesh_engine.executor.run import run_flow
from testmesh_engine.executor.sources import FolderSources, NoSources, SourceError, Sources
from testmesh_engine.executor.spans import Span, UnrecordedSpan
from testmesh_engine.executor.standpoint import Standpoint

__all__ = [
    "Cancel",
    "Emit",
    "FlowOutcome",
    "FolderSources",
    "Gate",
    "LeftOut",
    "NoSources",
    "PreparationError",
    "RunOptions",
    "SourceError",
    "Sources",
    "Span",
    "Standpoint",
    "UnrecordedSpan",
    "concurrency_key",
    "run_flow",
]
