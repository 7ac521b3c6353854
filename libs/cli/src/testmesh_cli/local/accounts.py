"""The user that PostgreSQL and Valkey run as: oneself, or somebody without rights when one is root."""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from testmesh_cli.local.errors import EmbeddedServerError

# Accounts that own no login and that about every system has; the first that can be switched to is taken.
UNPRIVILEGED = ("nobody", "postgres", "daemon", "www-data")
TRIAL_SECONDS = 20.0


@dataclass(frozen=True)
class Account:
    """Runs programs as this user. `user` is None where no switch is needed (or possible)."""

    name: str
    user: int | None = None
    group: int | None = None

    def launch(
        self, argv: Sequence[str], cwd: Path, output: int, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """A process in a session of its own, so that neither Ctrl-C nor our death reaches it."""
        return subprocess.Popen(  # noqa: S603 - our own servers' binaries, no shell
            list(argv),
            cwd=cwd,
            env=_plain_environment(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
            user=self.user,
            group=self.group,
            extra_groups=None if self.user is None else [],
        )

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path = Path("/"),
        text: str = "",
        env: Mapping[str, str] | None = None,
        timeout: float = TRIAL_SECONDS,
    ) -> subprocess.CompletedProcess[str]:
        """The end of a short program, its two outputs in one text."""
        return subprocess.run(  # noqa: S603 - likewise
            list(argv),
            cwd=cwd,
            env=_plain_environment(env),
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
            umask=0o077,
            user=self.user,
            group=self.group,
            extra_groups=None if self.user is None else [],
        )

    def can_enter(self, folder: Path) -> bool:
        return self._succeeds(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)])

    def can_run(self, program: Path) -> bool:
        return self._succeeds([str(program), "--version"])

    def own(self, path: Path) -> None:
        """Give a file or folder of ours to this user."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)

    def _succeeds(self, argv: Sequence[str]) -> bool:
        try:
            return self.run(argv).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False


def account_for(existing: Path) -> Account:
    """Whom the server whose files are (or will be) in `existing` runs as."""
    owner = existing.stat().st_uid if existing.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            raise EmbeddedServerError(
                existing.name,
                f"Using the files in {existing}",
                f"they belong to the user with the id {owner}",
                "Start as that user or as root, or choose another folder with --data.",
            )
        return Account(str(os.geteuid()))
    if owner:
        entry = _entry(owner)
        return Account(entry.pw_name if entry else str(owner), owner, entry.pw_gid if entry else owner)
    return _first_unprivileged()


def _first_unprivileged() -> Account:
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(name, entry.pw_uid, entry.pw_gid)
        if entry.pw_uid != 0 and account.can_enter(Path("/")):
            return account
    raise EmbeddedServerError(
        "postgres",
        "Finding a user without rights to run the databases as",
        f"this is root, and none of the accounts {', '.join(UNPRIVILEGED)} can be switched to",
        "Start as an ordinary user, or set TESTMESH_DATABASE_URL and TESTMESH_REDIS_URL.",
    )


def _entry(user: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(user)
    except KeyError:
        return None


def _plain_environment(more: Mapping[str, str] | None) -> dict[str, str]:
    # Our own environment (HOME, LD_*, PG*, locale) must not change what these servers do.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", **(more or {})}
