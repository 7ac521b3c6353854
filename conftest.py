"""How all tests run: properties are never timed, and nothing is loaded for tests that are left out."""

import gc
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

# A `.hypothesis` folder in the tree makes the next collection warn, and warnings are errors here.
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "testmesh-hypothesis")
settings.register_profile("quick", max_examples=40, deadline=None, database=None)
settings.register_profile("thorough", max_examples=1000, deadline=None, database=None)  # --hypothesis-profile=thorough
settings.load_profile("quick")

WITHOUT_SERVERS = "not integration and not e2e"
ALL_NEED_SERVERS = re.compile(r"^pytestmark = .*\b(integration|e2e)\b", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out, unread, each module whose tests would all be deselected."""
    if config.option.markexpr != WITHOUT_SERVERS or collection_path.suffix != ".py":
        return None
    return bool(ALL_NEED_SERVERS.search(collection_path.read_text(encoding="utf-8"))) or None


def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the garbage collector need not look at it again and again."""
    gc.freeze()
    gc.enable()
