"""Carries out a flow: setup, steps, teardown; tells each step as it happens."""

from testmesh_engine.executor.options import Emit, FlowOutcome, RunOptions
from testmesh_engine.executor.run import run_flow

__all__ = ["Emit", "FlowOutcome", "RunOptions", "run_flow"]
