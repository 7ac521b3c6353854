"""The report `github`: annotations among the output of a step, and the step's summary.

From the first flow to the last, commands to GitHub are switched off: what a tested system says is printed too, and a
line of it must neither speak for us nor silence us.
"""

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from testmesh_cli.reporting.paper import remark_line, standard_error
from testmesh_engine.reporters import RunReport
from testmesh_engine.reporters.github import MOST_BYTES, annotations, summary
from testmesh_engine.reporters.workflow_commands import Annotation, commands


class GitHubActions:
    """Speaks to the GitHub Actions that the environment tells of; elsewhere it says that it wrote nothing."""

    def __init__(self, environment: Mapping[str, str], *, output_is_data: bool) -> None:
        self._is_there = bool(environment.get("GITHUB_ACTIONS"))
        self._summary = environment.get("GITHUB_STEP_SUMMARY")
        self._workspace = environment.get("GITHUB_WORKSPACE")
        self._output_is_data = output_is_data
        self._token: str | None = None

    def switches_off(self) -> None:
        """Have no line taken for a command until the report is written; said once."""
        if self._is_there and self._token is None:
            self._token = secrets.token_hex(16)
            self._say(f"::stop-commands::{self._token}")

    def writes(self, report: RunReport) -> None:
        """Write annotations and summary.

        Raises:
            OSError: the summary cannot be written.
            SummaryFullError: there is no room in it.
        """
        if self._is_there:
            rest = "the summary of this step" if self._summary else "the log of this step"
            if self._token is not None:
                self._say(f"::{self._token}::")
            for line in commands([in_repository(one, self._workspace) for one in annotations(report)], rest):
                self._say(line)
        if self._summary:
            file = Path(self._summary)
            words = summary(report, MOST_BYTES - (file.stat().st_size if file.exists() else 0))
            with file.open("a", encoding="utf-8") as appended:
                appended.write(words)
        if not self._is_there and not self._summary:
            standard_error().write(remark_line("--report github: this is not GitHub Actions, nothing was written"))

    def _say(self, line: str) -> None:
        # GitHub reads both streams; where data is asked for, standard output is for data alone.
        stream = sys.stderr if self._output_is_data else sys.stdout
        stream.write(f"{line}\n")
        stream.flush()


def in_repository(annotation: Annotation, workspace: str | None) -> Annotation:
    """Name an annotation's file as GitHub does."""
    file = annotation.file
    return annotation if file is None else replace(annotation, file=seen_from(file, workspace))


def seen_from(file: str, workspace: str | None) -> str:
    """Return a file's name as seen from the folder of the repository; one outside of it keeps its own."""
    if not workspace:
        return file
    seen = Path(os.path.relpath(os.path.realpath(file), os.path.realpath(workspace)))
    return file if os.pardir in seen.parts else seen.as_posix()
