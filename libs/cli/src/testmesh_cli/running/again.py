"""The command that runs a flow again as it was run."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from testmesh_cli.sources import FlowFile

HIDDEN = "…"
_CREDENTIAL = re.compile("pass|secret|token|key|credential|auth", re.IGNORECASE)


def command_again(
    file: FlowFile,
    *,
    given: Mapping[str, Any],
    var_file: Path | None,
    seed: int | None,
    environment: str | None,
    url: str | None,
    remote: bool,
) -> str:
    """Return the command; the values of secrets are left out of it, to be filled in by who knows them."""
    secret = {declared.name for declared in file.checked.inputs if declared.secret}
    words = ["testmesh", "run", shlex.quote(file.shown)]
    for name, value in given.items():
        hidden = name in secret or _CREDENTIAL.search(name)
        words += ["--var", f"{name}={HIDDEN}" if hidden else shlex.quote(f"{name}={value}")]
    words += ["--var-file", shlex.quote(str(var_file))] if var_file else []
    words += ["--remote"] if remote else []
    words += ["--url", shlex.quote(url)] if url else []
    words += ["-e", shlex.quote(environment)] if environment else []
    words += ["--seed", str(seed)] if seed is not None else []
    return " ".join(words)
