"""The command that runs a flow again as it was run."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from testmesh_cli.secrecy import looks_secret
from testmesh_cli.selection.choice import Choice
from testmesh_cli.selection.logic import written
from testmesh_cli.selection.turns import seed_of
from testmesh_cli.sources import FlowFile

HIDDEN = "…"


def command_again(
    file: FlowFile,
    *,
    given: Mapping[str, Any],
    var_file: Path | None,
    seed: int | None,
    environment: str | None,
    url: str | None,
    remote: bool,
    choice: Choice,
) -> str:
    """Return the command; the values of secrets are left out of it, to be filled in by who knows them.

    Of a flow that is repeated it is that one time alone, with the seed that this one had.
    """
    secret = {declared.name for declared in file.checked.inputs if declared.secret}
    words = ["testmesh", "run", shlex.quote(str(file.path))]
    if file.part is not None:
        words += ["-t", shlex.quote(written(choice.tags))] if choice.tags is not None else []
        words += [word for step in choice.steps for word in ("--step", shlex.quote(step))]
    for name, value in given.items():
        hidden = name in secret or looks_secret(name)
        words += ["--var", f"{name}={HIDDEN}" if hidden else shlex.quote(f"{name}={value}")]
    words += ["--var-file", shlex.quote(str(var_file))] if var_file else []
    words += ["--remote"] if remote else []
    words += ["--url", shlex.quote(url)] if url else []
    words += ["-e", shlex.quote(environment)] if environment else []
    words += ["--seed", str(seed_of(file, seed))] if seed is not None else []
    return " ".join(words)
