"""Faults of flow files, for people and for programs."""

from collections.abc import Sequence
from typing import Any

from testmesh_cli.reporting.failures import FlowText, paragraph
from testmesh_cli.reporting.paper import Line, Span
from testmesh_cli.sources import FlowFile
from testmesh_engine.language import Diagnostic


def fault_lines(file: FlowFile, width: int | None = None) -> list[Line]:
    """Explain each fault of a file: code, message, hint, place, the source's line and a caret."""
    text = FlowText(file.shown, file.source, width)
    return [line for fault in file.faults for line in _told(fault, text, "✗", "red")]


def note_lines(file: FlowFile, width: int | None = None) -> list[Line]:
    """Tell what is not wrong, and still worth a word."""
    notes = file.flow.notes if file.flow is not None else ()
    text = FlowText(file.shown, file.source, width)
    return [line for note in notes for line in _told(note, text, "!", "yellow")]


def _told(fault: Diagnostic, text: FlowText, sign: str, style: str) -> list[Line]:
    hint = f"; {fault.hint}" if fault.hint else ""
    words = paragraph(f"{fault.message}{hint}", "")
    lines: list[Line] = [[Span(f"{sign} {fault.code} ", style), *(words[0] if words else [])], *words[1:]]
    return lines + text.place(fault.line, fault.column, "  ")


def faults_as_json(files: Sequence[FlowFile]) -> dict[str, Any]:
    return {
        "files": [
            {
                "file": file.shown,
                "valid": file.flow is not None,
                "name": None if file.flow is None else file.flow.name,
                "faults": [fault._asdict() for fault in file.faults],
                "notes": [note._asdict() for note in (file.flow.notes if file.flow is not None else ())],
            }
            for file in files
        ]
    }
