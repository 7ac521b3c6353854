"""The environments of configuration files: named variables, and the server that goes with them."""

from collections.abc import Collection
from typing import Any

from testmesh_cli.configuration.errors import ConfigInvalidError, UnknownEnvironmentError
from testmesh_cli.configuration.files import NAME
from testmesh_cli.configuration.origins import Found
from testmesh_cli.configuration.precedence import Configuration
from testmesh_engine.language.diagnostics import did_you_mean


def variables_of(configuration: Configuration, name: str) -> dict[str, Any]:
    """Return an environment's variables; each one of the project's file lies over the user's of that name.

    Raises:
        ConfigInvalidError: a name that one refers to is not set.
    """
    found = _variables(configuration, name)
    missing = [fault for one in found.values() for fault in one.missing]
    if missing:
        raise ConfigInvalidError(missing)
    return {label: one.value for label, one in found.items()}


def secrets_of(configuration: Configuration, name: str) -> list[str]:
    """Return what an environment's variables have from names of secrets."""
    return [secret for one in _variables(configuration, name).values() for secret in one.secrets]


def _variables(configuration: Configuration, name: str) -> dict[str, Found]:
    prefix = f"environments.{name}.variables."
    variables: dict[str, Found] = {}
    for document in configuration.documents:
        for key, found in document.found.items():
            if key.startswith(prefix):
                variables.setdefault(key.removeprefix(prefix), found)
    return variables


def hidden_of(configuration: Configuration, name: str) -> set[str]:
    """Return the names of an environment's variables that refer to something secret."""
    return {label for label, one in _variables(configuration, name).items() if one.secret}


def assert_known(configuration: Configuration, chosen: Collection[str], wanted: Collection[str | None]) -> None:
    """Refuse environments that no file has, for a run that has no other place to look them up.

    A flow's own `environment` may be one of a server: it is asked for only where files here have environments.

    Raises:
        UnknownEnvironmentError: with the nearest one, and those that there are.
    """
    known = configuration.environment_names()
    for name in sorted({*chosen, *(wanted if known else ())} - {None, *known}, key=str):
        raise UnknownEnvironmentError(_told(configuration, str(name), known))


def _told(configuration: Configuration, name: str, known: dict[str, str]) -> str:
    files = " and ".join(str(document.path) for document in configuration.documents)
    if not known:
        where = files or f"no {NAME} here or above"
        said = f"{where} has no environments" if files else f"there is {where}"
        return f'there is no environment "{name}": {said}; write one, or name a server\'s environment with --remote'
    nearest = did_you_mean(name, known)
    listed = "" if nearest.startswith("known") else f" There are: {', '.join(sorted(known))}."
    return f'there is no environment "{name}" in {files}; {nearest}{listed}'
