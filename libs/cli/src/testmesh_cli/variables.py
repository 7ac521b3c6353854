"""Variables of a command line: `--var KEY=VALUE`, `--var-file F`, and a flow's own `env_file`."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from testmesh_cli.configuration.dotenv import read_dotenv
from testmesh_cli.errors import NotRunnableError, UsageError
from testmesh_cli.sources import FlowFile

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def given_variables(pairs: Iterable[str], file: Path | None) -> dict[str, Any]:
    """Return the caller's variables; a single one lies over those of the file.

    Raises:
        UsageError: a pair is none, or the file cannot be read.
    """
    variables = {} if file is None else _from_var_file(file)
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise UsageError(f"--var {name[:60]}: write it as --var NAME=VALUE, the name of letters, digits and _")
        variables[name] = value
    return variables


def env_file_variables(file: FlowFile) -> dict[str, str]:
    """Return what a flow's `env_file` says, without the names that its `env` says itself: those lie above.

    Raises:
        NotRunnableError: the file cannot be read.
    """
    flow = file.checked
    if flow.env_file is None:
        return {}
    path = file.path.parent / flow.env_file
    try:
        found = _lines(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotRunnableError(f"{file.shown}: its env_file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise NotRunnableError(f"{file.shown}: its env_file {path} cannot be read: {error}") from error
    return {name: value for name, value in found.items() if name not in flow.env}


def _from_var_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix.lower() != ".json":
            return dict(_lines(text))
        found = json.loads(text)
    except OSError as error:
        raise UsageError(f"--var-file {path}: the file cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"--var-file {path}: {error}; write KEY=VALUE lines, or a JSON object in a .json") from error
    if not isinstance(found, dict):
        raise UsageError(f"--var-file {path}: it holds no JSON object")
    return found


def _lines(text: str) -> dict[str, str]:
    return {name: entry.value for name, entry in read_dotenv(text).items()}
