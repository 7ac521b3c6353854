"""Property tests of this folder are never timed, and leave no folder of their own in the tree."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

# A `.hypothesis` folder in the tree makes the next collection warn, and warnings are errors here.
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "testmesh-hypothesis")
settings.register_profile("contracts", deadline=None, database=None)
settings.load_profile("contracts")
