"""Whether words that are pinned in files are to be written down anew."""

import os

PIN = "TESTMESH_PIN_WORDS"
"""Set it to have what is said now written down; then read what changed."""


def pins() -> bool:
    return PIN in os.environ
