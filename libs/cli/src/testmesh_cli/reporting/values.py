"""Values, durations and action summaries in few words."""

import json
from pathlib import Path
from typing import Any

from testmesh_cli.reporting.paper import visible
from testmesh_engine.reporters import wording

LONGEST_VALUE = 600


def shown_value(value: Any) -> str:
    """Write a value as JSON on one line, cut where it is long."""
    return shortened(visible(json.dumps(value, ensure_ascii=False, default=str)), LONGEST_VALUE)


def near(path: Path) -> str:
    """Return a path as seen from here, where it is below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def one_line(text: str) -> str:
    return visible(" ".join(text.split()))


def shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def shown_duration(milliseconds: float | None) -> str:
    return "" if milliseconds is None else wording.shown_duration(milliseconds)
