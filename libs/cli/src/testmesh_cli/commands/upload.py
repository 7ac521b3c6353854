"""`testmesh upload`: send the results that `testmesh run --upload` could not bring to the server."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from testmesh_cli.exit_codes import ExitCode
    from testmesh_cli.remote.address import Address
    from testmesh_cli.uploading.unsent import Unsent


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("-e", "--environment", help="The environment whose server is asked.")
@click.option("--url", help="The server's address.")
@click.pass_context
def upload(context: click.Context, files: tuple[Path, ...], environment: str | None, url: str | None) -> None:
    """Send results of local runs that are not on the server yet: FILES, or all that wait in .testmesh/unsent.

    A file is removed when the server has it; sending one twice is harmless. 0 says that all are there, also
    where none was waiting; 6 that some are not.
    """
    import asyncio

    from testmesh_cli.configuration.precedence import load_configuration
    from testmesh_cli.errors import UsageError
    from testmesh_cli.exit_codes import ExitCode
    from testmesh_cli.uploading.unsent import read, unsent_folder, waiting

    configuration = load_configuration({"url": url, "defaults.environment": environment})
    folder = unsent_folder(configuration.files)
    found, unreadable = [], 0
    for path in files or waiting(folder):
        try:
            found.append(read(path))
        except UsageError as error:
            # What is none keeps no other from being sent.
            unreadable += 1
            click.echo(f"testmesh: {error}; remove it, or mend it  [{error.code}]", err=True)
    if not found and not unreadable:
        click.echo(f"no result waits in {folder}", err=True)
        context.exit(0)
    code = asyncio.run(_send(configuration.server(), url, found, folder)) if found else ExitCode.SERVER
    context.exit(code or (ExitCode.SERVER if unreadable else ExitCode.PASSED))


async def _send(address: "Address", url: str | None, results: "list[Unsent]", folder: Path) -> "ExitCode":
    from testmesh_cli.reporting.paper import remark_line, standard_error
    from testmesh_cli.uploading.sending import send
    from testmesh_cli.uploading.telling import tell

    errors = standard_error()

    def say(words: str) -> None:
        errors.write(remark_line(words))

    sent = await send(address, results, say, hurry=False)
    tell(sent, address, url, folder, say)
    return sent.exit_code
