"""Results as files for other programs and for people: the same from a command line and from a server."""

from testmesh_engine.reporters.model import Artifact, FlowReport, ReportStatus, RunReport

__all__ = ["Artifact", "FlowReport", "ReportStatus", "RunReport"]
