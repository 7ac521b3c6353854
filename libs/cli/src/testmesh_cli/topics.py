"""What `testmesh explain` knows beside codes: the pages of the language and of the actions, by their names."""

import re
from collections.abc import Mapping
from pathlib import Path

FOLDERS = ("language", "actions")
_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]+\)")
_NO_TOPICS = frozenset(("README", "codes"))
ALSO = {"operators": "expressions", "if": "condition", "loop": "for_each", "editor": "editors", "schema": "json_schema"}
"""What people ask for, and the page that answers."""


def topics() -> Mapping[str, Path]:
    """Return the pages that are packed with the command, or those of the source tree that it runs from."""
    pages = _folder()
    found: dict[str, Path] = {}
    for folder in FOLDERS if pages is not None else ():
        assert pages is not None
        found |= {path.stem: path for path in sorted((pages / folder).glob("*.md")) if path.stem not in _NO_TOPICS}
    return found


def page(path: Path) -> str:
    """Return a page to read in a terminal: its links lead nowhere there, so that their words alone are left."""
    return _LINK.sub(r"\1", path.read_text(encoding="utf-8")).rstrip()


def _folder() -> Path | None:
    here = Path(__file__).resolve()
    places = [here.parent / "pages", *(parent / "docs" for parent in here.parents)]
    return next((place for place in places if all((place / name).is_dir() for name in FOLDERS)), None)
