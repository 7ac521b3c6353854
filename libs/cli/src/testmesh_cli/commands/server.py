"""`testmesh server`: the whole product on this machine."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from testmesh_cli.local.server import LocalServer

FAILED = 6


@click.group(invoke_without_command=True)
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Folder for databases, files, logs.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 finds a free one.")
@click.option("--runners", type=click.IntRange(1, 64), default=1, show_default=True, help="How many runners.")
@click.option("--demo", is_flag=True, help="Start the demo shop, push the example flows, run one.")
@click.option(
    "--exit-after-demo",
    is_flag=True,
    envvar="TESTMESH_EXIT_AFTER_DEMO",
    help="Stop when the demo is over; exit code 0 if it passed.",
)
@click.pass_context
def server(
    context: click.Context, data: Path | None, port: int, runners: int, demo: bool, exit_after_demo: bool
) -> None:
    """Run API, scheduler, runners and storage here, with a PostgreSQL and a Valkey of their own."""
    import os

    from testmesh_cli.default_folder import default_data_folder
    from testmesh_cli.local.server import LocalServer, ServerOptions

    options = ServerOptions(
        data=data or default_data_folder(os.environ),
        port=port,
        runners=runners,
        demo=demo,
        exit_after_demo=exit_after_demo,
    )
    local = LocalServer(options, say=_say, tell=click.echo)
    context.obj = local
    if context.invoked_subcommand is None:
        context.exit(_run(local.run))


@server.command()
@click.pass_obj
def migrate(local: "LocalServer") -> None:
    """Bring the tables of all services to the newest version, and stop."""
    raise SystemExit(_run(local.run_migrations))


def _run(work: Callable[[], Coroutine[None, None, int]]) -> int:
    import asyncio

    from testmesh_cli.local.errors import LocalServerError

    try:
        return asyncio.run(work())
    except LocalServerError as error:
        click.echo(f"testmesh server: {error}  [{error.code}]", err=True)
        return FAILED


def _say(line: str) -> None:
    from testmesh_cli.reporting.paper import Span, standard_error

    standard_error().write([Span(f"· {line}")])
