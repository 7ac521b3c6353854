"""`testmesh artifacts`: the files that steps left on a server."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

if TYPE_CHECKING:
    from testmesh_cli.remote.address import Address
    from testmesh_cli.running.downloads import ArtifactRequest


@click.group()
def artifacts() -> None:
    """List or download files that an execution's steps left: screenshots, traces, bodies, large values."""


def _of_an_execution(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--url", help="The server's address."),
        click.option("-e", "--environment", help="The environment whose server is asked."),
        click.option("--step", metavar="PATH", help="Only of this step, all its passes, and the steps inside."),
        click.option("--last", is_flag=True, help="The newest execution, as without an ID."),
        click.argument("execution_id", metavar="[ID]", required=False, type=click.UUID),
    ):
        command = option(command)
    return command


@artifacts.command(name="list", short_help="Print a line for each file.")
@_of_an_execution
@click.option("-o", "--output", type=click.Choice(["json", "ndjson"]), help="As JSON on stdout.")
@click.pass_context
def list_(context: click.Context, /, output: str | None, **asked: Any) -> None:
    """Print size, type, step and name of each file; exit code 5 where there is no such execution."""
    import asyncio

    from testmesh_cli.running.downloads import list_artifacts

    server, request = _request(**asked)
    context.exit(asyncio.run(list_artifacts(server, request, output)))


@artifacts.command(short_help="Write the files into a folder.")
@_of_an_execution
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder; without it, one that is named like the execution's ID.",
)
@click.pass_context
def download(context: click.Context, /, into: Path | None, **asked: Any) -> None:
    """Write the files as FOLDER/STEP/NAME and print their places; a file that is there is replaced.

    Names are made safe, and each file's digest is checked before it is there. Exit code 6 where some could not be had.
    """
    import asyncio

    from testmesh_cli.running.downloads import download_artifacts

    server, request = _request(**asked)
    context.exit(asyncio.run(download_artifacts(server, request, into)))


def _request(
    execution_id: UUID | None, last: bool, step: str | None, environment: str | None, url: str | None
) -> "tuple[Address, ArtifactRequest]":
    from testmesh_cli.configuration.precedence import load_configuration
    from testmesh_cli.running.downloads import ArtifactRequest

    if execution_id is not None and last:
        raise click.UsageError("Give an ID or --last.")
    address = load_configuration({"url": url, "defaults.environment": environment}).server()
    return address, ArtifactRequest(execution_id, step)
