"""What `testmesh validate` found, in each of its formats."""

import os
from collections.abc import Sequence
from typing import Literal

from testmesh_cli import __version__
from testmesh_cli.reporting.documents import write_json
from testmesh_cli.reporting.faults import fault_lines, faults_as_json, note_lines
from testmesh_cli.reporting.paper import Line, Span, standard_output
from testmesh_cli.sources import FlowFile
from testmesh_engine.language import Diagnostic


def write_checks(files: Sequence[FlowFile], shape: Literal["text", "json", "github", "sarif"]) -> None:
    """Write faults and notes of the files to standard output."""
    if shape == "json":
        write_json(faults_as_json(files), indent=2)
    elif shape == "sarif":
        from testmesh_cli.reporting.github_actions import seen_from
        from testmesh_engine.reporters.sarif import CheckedFile, sarif_log

        def seen(found: Sequence[Diagnostic]) -> list[Diagnostic]:
            return [one._replace(file=seen_from(one.file, workspace)) for one in found]

        workspace = os.environ.get("GITHUB_WORKSPACE")
        checked = [
            CheckedFile(seen_from(file.shown, workspace), seen(file.faults), seen(_notes(file))) for file in files
        ]
        write_json(sarif_log(checked, __version__), indent=2)
    else:
        paper = standard_output()
        for line in _commands(files) if shape == "github" else _text(files, paper.width):
            paper.write(line)


def _text(files: Sequence[FlowFile], width: int | None) -> list[Line]:
    lines = [line for file in files for line in [*fault_lines(file, width), *note_lines(file, width)]]
    return [*lines, _total(files)]


def _total(files: Sequence[FlowFile]) -> Line:
    faults = sum(len(file.faults) for file in files)
    bad = sum(file.flow is None for file in files)
    notes = sum(len(_notes(file)) for file in files)
    noted = f" ({notes} note{'s' * (notes != 1)})" if notes else ""
    words = f"{len(files) - bad} valid{noted}, {bad} not valid"
    told = f" ({faults} fault{'s' * (faults != 1)})" if faults else ""
    return [Span(words + told, "bold red" if bad else "bold green")]


def _commands(files: Sequence[FlowFile]) -> list[Line]:
    from testmesh_cli.reporting.github_actions import in_repository
    from testmesh_engine.reporters.workflow_commands import Annotation, Kind, commands

    def annotation(kind: Kind, found: Diagnostic) -> Annotation:
        hint = f"; {found.hint}" if found.hint else ""
        said = Annotation(kind, found.code, f"{found.message}{hint}", found.file, found.line, found.column)
        return in_repository(said, os.environ.get("GITHUB_WORKSPACE"))

    faults = [annotation("error", fault) for file in files for fault in file.faults]
    notes = [annotation("notice", note) for file in files for note in _notes(file)]
    lines: list[Line] = [[Span(line)] for line in commands([*faults, *notes], "`testmesh validate`")]
    return [*lines, _total(files)]


def _notes(file: FlowFile) -> Sequence[Diagnostic]:
    return file.flow.notes if file.flow is not None else ()
