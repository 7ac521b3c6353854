"""`testmesh config`: what is set, where it comes from, and how to change it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from testmesh_cli.configuration.keys import Key
    from testmesh_cli.configuration.precedence import Configuration

_OUTPUT = click.option("-o", "--output", type=click.Choice(["json"]), help="As JSON on stdout.")


@click.group()
def config() -> None:
    """Show and change settings.

    The first that gives a value counts: a command's flag, TESTMESH_* of the process environment, .env,
    .testmesh.yaml of this folder or one above, the user's config.yaml, the default.
    """


@config.command(short_help="Print the value of KEY.")
@click.argument("key")
@_OUTPUT
def get(key: str, output: str | None) -> None:
    """Print the value of KEY, secrets as they are; exit code 5 where it has none."""
    from testmesh_cli.configuration.errors import NotSetError
    from testmesh_cli.configuration.precedence import load_configuration
    from testmesh_cli.configuration.showing import plain_words, setting
    from testmesh_cli.reporting.documents import write_json

    configuration = load_configuration()
    known = _known(configuration, key)
    found = setting(configuration, known)
    if found is None:
        raise NotSetError(f"{key} is not set; `testmesh config set {key} VALUE` sets it")
    configuration.found(known)
    if output:
        write_json(found.counts.value)
    else:
        click.echo(plain_words(found.counts.value))


@config.command(name="set", short_help="Write a value into .testmesh.yaml.")
@click.argument("key")
@click.argument("value")
@click.option("--user", is_flag=True, help="In the user's own file, for all projects.")
@_OUTPUT
def set_(key: str, value: str, user: bool, output: str | None) -> None:
    """Write KEY with VALUE into .testmesh.yaml, the nearest one, or a new one in this folder.

    Everything else in the file stays as it is. VALUE is a text, or as in YAML: a number, true, [a, list], {a: map}.
    """
    import os

    from testmesh_cli.configuration.changing import set_value
    from testmesh_cli.configuration.files import NAME, find_files
    from testmesh_cli.configuration.precedence import readable_environment
    from testmesh_cli.reporting.documents import write_json

    files = find_files(Path(), os.environ)
    target = files.user if user else files.project or files.folder / NAME
    taken = set_value(target, "user" if user else "project", key, value, readable_environment(files, os.environ))
    if output:
        write_json({"key": key, "value": taken, "file": str(target)})
    else:
        click.echo(f"{key} is set in {target}", err=True)


@config.command(name="list", short_help="Print every setting that has a value.")
@_OUTPUT
def list_(output: str | None) -> None:
    """Print every setting that has a value as KEY=VALUE, secrets masked; exit code 2 where one means nothing."""
    from testmesh_cli.configuration.precedence import load_configuration
    from testmesh_cli.configuration.showing import in_words, masked, meaningless, settings
    from testmesh_cli.errors import UsageError
    from testmesh_cli.reporting.documents import write_json
    from testmesh_cli.reporting.paper import Span, standard_output, visible

    configuration = load_configuration()
    shown = settings(configuration)
    if output:
        write_json({found.name: masked(found.counts) for found in shown}, indent=2)
    else:
        paper = standard_output()
        for found in shown:
            paper.write([Span(found.name, "bold"), Span(f"={visible(in_words(found.counts))}")])
    if wrong := list(meaningless(configuration, shown)):
        raise UsageError("; ".join(wrong))


@config.command(short_help="Print where each value comes from.")
@click.argument("key", required=False)
@_OUTPUT
def explain(key: str | None, output: str | None) -> None:
    """Print where each value comes from, or that of KEY, and what it overrides; secrets masked.

    KEY may be the beginning of several, such as environments or defaults.
    """
    from testmesh_cli.configuration.errors import NotSetError
    from testmesh_cli.configuration.precedence import load_configuration
    from testmesh_cli.configuration.showing import explained, setting, settings
    from testmesh_cli.reporting.documents import write_json
    from testmesh_cli.reporting.paper import standard_output

    configuration = load_configuration()
    shown = [found for found in settings(configuration) if key is None or found.name.startswith(f"{key}.")]
    if key is not None and not shown:
        one = setting(configuration, _known(configuration, key))
        if one is None:
            raise NotSetError(f"{key} is not set, by no source")
        shown = [one]
    if output:
        write_json([found.as_json() for found in shown], indent=2)
        return
    paper = standard_output()
    for found in shown:
        for line in explained(found):
            paper.write(line)


@config.command(short_help="Print the files that are read.")
@_OUTPUT
def path(output: str | None) -> None:
    """Print the files that are read, and the user's own one also where there is none."""
    import os

    from testmesh_cli.configuration.files import find_files
    from testmesh_cli.reporting.documents import write_json

    files = find_files(Path(), os.environ)
    found = {"project": files.project, "dotenv": files.dotenv, "user": files.user}
    if output:
        write_json({name: None if place is None else str(place) for name, place in found.items()}, indent=2)
        return
    for place in filter(None, found.values()):
        absent = "" if place.is_file() else "  (is not there)"
        click.echo(f"{place}{absent}")


def _known(configuration: "Configuration", name: str) -> "Key":
    from testmesh_cli.configuration.errors import UnknownKeyError
    from testmesh_cli.configuration.keys import known_key, nearest_key

    key = known_key(name)
    if key is None:
        present = [name for document in configuration.documents for name in document.found]
        raise UnknownKeyError(f"there is no setting {name!r}; {nearest_key(name, present)}")
    return key
