"""`testmesh results`: what a server has run."""

from typing import TYPE_CHECKING
from uuid import UUID

import click

if TYPE_CHECKING:
    from testmesh_cli.exit_codes import ExitCode
    from testmesh_cli.remote.address import Address

STATUSES = ("pending", "running", "passed", "failed", "error", "cancelled")


@click.command()
@click.argument("execution_id", metavar="[ID]", required=False, type=click.UUID)
@click.option("--last", is_flag=True, help="The newest execution.")
@click.option("--status", type=click.Choice(STATUSES), help="Only executions that are so.")
@click.option("-n", "most", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many to list.")
@click.option("-e", "--environment", help="The environment whose server is asked.")
@click.option("--url", help="The server's address.")
@click.option("-o", "--output", type=click.Choice(["json", "ndjson"]), help="As JSON on stdout.")
@click.pass_context
def results(
    context: click.Context,
    execution_id: UUID | None,
    last: bool,
    status: str | None,
    most: int,
    environment: str | None,
    url: str | None,
    output: str | None,
) -> None:
    """List executions, newest first; or show one with its steps.

    With an ID or --last the exit code is that execution's: 0 passed, 1 failed, 3 otherwise, also while it runs;
    5 where there is none. A list ends with 0.
    """
    import asyncio

    from testmesh_cli.configuration.precedence import load_configuration

    if execution_id is not None and (last or status):
        raise click.UsageError("Give an ID, or --last and --status.")
    address = load_configuration({"url": url, "defaults.environment": environment}).server()
    if execution_id is None and not last:
        context.exit(asyncio.run(_list(address, status, most, output)))
    context.exit(asyncio.run(_show(address, execution_id, status, output)))


async def _list(address: "Address", status: str | None, most: int, output: str | None) -> "ExitCode":
    from testmesh_cli.exit_codes import ExitCode
    from testmesh_cli.remote import executions
    from testmesh_cli.remote.client import ServerClient
    from testmesh_cli.reporting.documents import write_json
    from testmesh_cli.reporting.listing import summary_lines
    from testmesh_cli.reporting.paper import standard_output

    async with ServerClient(address) as client:
        found = await executions.list_newest(client, status, most)
    if output == "json":
        write_json({"items": found}, indent=2)
        return ExitCode.PASSED
    if output == "ndjson":
        for execution in found:
            write_json(execution)
        return ExitCode.PASSED
    paper = standard_output()
    for line in summary_lines(found, paper.width):
        paper.write(line)
    if not found:
        click.echo("no executions", err=True)
    return ExitCode.PASSED


async def _show(address: "Address", execution_id: UUID | None, status: str | None, output: str | None) -> "ExitCode":
    from testmesh_cli.exit_codes import ExitCode
    from testmesh_cli.remote import executions, flows
    from testmesh_cli.remote.client import ServerClient
    from testmesh_cli.reporting.documents import write_json
    from testmesh_cli.reporting.executions import view_lines
    from testmesh_cli.reporting.paper import standard_output

    async with ServerClient(address) as client:
        if execution_id is None:
            newest = await executions.list_newest(client, status, 1)
            if not newest:
                click.echo("no executions", err=True)
                return ExitCode.NOTHING_SELECTED
            execution_id = newest[0].id
        view = await executions.find(client, str(execution_id))
        if output is not None:
            write_json(view, indent=2 if output == "json" else None)
        else:
            source = await flows.source_of(client, str(view.flow_id), view.flow_version) if view.flow_id else None
            paper = standard_output()
            for line in view_lines(view, source, paper.width):
                paper.write(line)
    return {"passed": ExitCode.PASSED, "failed": ExitCode.FAILED}.get(view.status, ExitCode.ERROR)
