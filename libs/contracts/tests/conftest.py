"""Property tests of this folder are never timed, and leave no folder of examples behind."""

from hypothesis import settings

settings.register_profile("contracts", deadline=None, database=None)
settings.load_profile("contracts")
