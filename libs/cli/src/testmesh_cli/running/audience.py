"""Whom a run is told to: the person before the terminal, programs, and the files that were asked for."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from testmesh_cli.reporting.documents import JsonReport, NdjsonReport
from testmesh_cli.reporting.paper import Paper
from testmesh_cli.reporting.report import Report
from testmesh_cli.reporting.text import TextReport
from testmesh_cli.running.artifacts import KeptArtifacts
from testmesh_cli.running.request import RunRequest
from testmesh_cli.sources import FlowFile

if TYPE_CHECKING:
    from testmesh_cli.reporting.report_files import ReportFiles


def standard_reports(files: Sequence[FlowFile], request: RunRequest, paper: Paper) -> list[Report]:
    """Return what goes to the standard streams."""
    grouped = len({file.path for file in files}) > 1 and request.jobs > 1
    # A run on a server also tells whom it waits for, and that it began again: that is no one's data.
    quiet = request.quiet or (request.output is not None and request.server is None)
    text = TextReport(paper, grouped=grouped, total=len(files), logs=request.logs, again=request.again, quiet=quiet)
    if request.output == "json":
        return [text, JsonReport()]
    return [text, NdjsonReport()] if request.output == "ndjson" else [text]


def report_files(request: RunRequest, kept: KeptArtifacts | None) -> "ReportFiles | None":
    """Return what writes the files of `--report`; None where there is none to write."""
    if not request.reports:
        return None
    from testmesh_cli.reporting.gathering import Gathering
    from testmesh_cli.reporting.report_files import ReportFiles

    gathering = Gathering(request, kept)
    data = request.output is not None
    return ReportFiles(request.reports, gathering, os.environ, request.granularity, output_is_data=data)
