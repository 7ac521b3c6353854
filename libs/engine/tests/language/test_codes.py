"""Every code that can be said can be explained."""

import re
from pathlib import Path

from testmesh_engine.codes import CODES

ROOT = Path(__file__).parents[4]
SOURCES = [
    path
    for source in (*ROOT.glob("libs/*/src"), *ROOT.glob("services/*/src"))
    for path in source.rglob("*.py")
    if "codes" not in path.parts
]
SAID = {code for path in SOURCES for code in re.findall(r'"(TM\d{3})"', path.read_text())}


def test_every_code_in_the_sources_has_an_explanation_and_every_explanation_a_code_that_is_said():
    assert set(CODES) == SAID


def test_an_explanation_is_written_for_a_person():
    for code, (title, explanation) in CODES.items():
        assert title[0] != " ", code
        assert len(title) < 60, code
        assert explanation.endswith("."), code
        assert len(explanation) > len(title), code
