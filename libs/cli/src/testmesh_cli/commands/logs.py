"""`testmesh logs`: what the steps of an execution logged."""

from typing import TYPE_CHECKING
from uuid import UUID

import click

if TYPE_CHECKING:
    from testmesh_contracts.message import LogLevel


LEVELS = ("debug", "info", "warning", "error")


@click.command()
@click.argument("execution_id", metavar="[ID]", required=False, type=click.UUID)
@click.option("--last", is_flag=True, help="The newest execution, as without an ID.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what is logged, until the execution ends.")
@click.option("--step", metavar="PATH", help="Only this step, all its passes and attempts, and the steps inside.")
@click.option("--level", type=click.Choice(LEVELS), default="debug", help="Only lines of this level or above.")
@click.option("-q", "text", metavar="TEXT", help="Only lines that have this text in them, whatever its case.")
@click.option("-e", "--environment", help="The environment whose server is asked.")
@click.option("--url", help="The server's address.")
@click.option("-o", "--output", type=click.Choice(["json", "ndjson"]), help="As JSON on stdout.")
@click.pass_context
def logs(
    context: click.Context,
    execution_id: UUID | None,
    last: bool,
    follow: bool,
    step: str | None,
    level: "LogLevel",
    text: str | None,
    environment: str | None,
    url: str | None,
    output: str | None,
) -> None:
    """Print what an execution's steps logged: time (UTC), level, step, message.

    The exit code says whether the lines could be read, not how the execution ended; -f says that on stderr at
    the end. 5 where there is no such execution, 6 where the server stayed away while its lines were followed.
    """
    import asyncio

    from testmesh_cli.configuration.precedence import load_configuration
    from testmesh_cli.remote.log_pages import LogFilter
    from testmesh_cli.running.logs import LogRequest, print_logs

    if execution_id is not None and last:
        raise click.UsageError("Give an ID or --last.")
    wanted = LogFilter(step=step, level=level, text=text)
    request = LogRequest(execution_id, wanted, follow, output)
    address = load_configuration({"url": url, "defaults.environment": environment}).server()
    context.exit(asyncio.run(print_logs(address, request)))
