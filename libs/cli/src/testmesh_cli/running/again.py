"""The command that runs a flow again as it was run."""

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from testmesh_cli.secrecy import looks_secret, without_passwords
from testmesh_cli.selection.choice import Choice
from testmesh_cli.selection.logic import Word, written
from testmesh_cli.selection.turns import seed_of
from testmesh_cli.sources import FlowFile

HIDDEN = "…"


def command_again(
    file: FlowFile,
    *,
    called: Sequence[FlowFile] = (),
    given: Mapping[str, Any],
    var_file: Path | None,
    seed: int | None,
    environment: str | None,
    url: str | None,
    remote: bool,
    choice: Choice,
) -> str:
    """Return the command; the values of secrets are left out of it, to be filled in by who knows them.

    Of a flow that is repeated it is that one time alone, with the seed that this one had. `called` are the flows
    that it calls by name: they are found among the files of a run alone.
    """
    secret = {declared.name for declared in file.checked.inputs if declared.secret}
    words = ["testmesh", "run", *(_quoted(one.path) for one in (file, *called))]
    words += ["-k", shlex.quote(written(Word(file.path.name)))] if called else []
    if file.part is not None:
        words += ["-t", shlex.quote(written(choice.tags))] if choice.tags is not None else []
        words += [word for step in choice.steps for word in ("--step", shlex.quote(step))]
    for name, value in given.items():
        hidden = name in secret or looks_secret(name)
        words += ["--var", f"{name}={HIDDEN}" if hidden else shlex.quote(f"{name}={without_passwords(str(value))}")]
    words += ["--var-file", shlex.quote(str(var_file))] if var_file else []
    words += ["--remote"] if remote else []
    words += ["--url", shlex.quote(without_passwords(url))] if url and remote else []
    words += ["-e", shlex.quote(environment)] if environment else []
    words += ["--seed", str(seed_of(file, seed))] if seed is not None else []
    return " ".join(words)


def _quoted(path: Path) -> str:
    """Write a path for a shell, by its bytes where they are no UTF-8."""
    name = os.fsencode(path)
    try:
        return shlex.quote(name.decode())
    except UnicodeDecodeError:
        plain = name.replace(b"\\", rb"\\").replace(b"'", rb"\'").decode("utf-8", "backslashreplace")
        return f"$'{plain}'"
