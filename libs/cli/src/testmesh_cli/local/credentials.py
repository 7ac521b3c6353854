"""Passwords of one data folder: random, made once, kept in secrets.json for its owner alone."""

import secrets
from pathlib import Path

from testmesh_cli.local.records import read_record, write_record


class Credentials:
    """Gives the same password for the same name for as long as the data folder lives."""

    def __init__(self, data: Path) -> None:
        self._path = data / "secrets.json"

    def password(self, name: str) -> str:
        known = read_record(self._path)
        if name not in known:
            known[name] = secrets.token_urlsafe(24)
            write_record(self._path, known)
        return str(known[name])
