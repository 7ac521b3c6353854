"""`testmesh push`: bring flows to a server."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from testmesh_cli.exit_codes import ExitCode
    from testmesh_cli.mentioned import Parcel
    from testmesh_cli.remote.address import Address
    from testmesh_cli.sources import FlowFile

_ENV_FILE = (
    "its env_file {} is not pushed, and a server does not read it: give its variables by an environment of the "
    "server, or with --var"
)


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@click.option("-e", "--environment", help="The environment whose server is asked.")
@click.option("--url", help="The server's address.")
@click.pass_context
def push(
    context: click.Context, paths: tuple[Path, ...], dry_run: bool, environment: str | None, url: str | None
) -> None:
    """Create or update the flows in PATHS on the server, found there by their names.

    The files that they name go with them, and the flows that they call by path are pushed before them.
    All are checked first. A flow that cannot be pushed is told, the others are pushed, and the exit code is not 0.
    """
    import asyncio

    from testmesh_cli.checking import checked_flows
    from testmesh_cli.configuration.precedence import load_configuration
    from testmesh_cli.exit_codes import gravest
    from testmesh_cli.mentioned import parcels_of

    files = checked_flows(paths or (Path(),))
    parcels, refused = parcels_of(files)
    _refuse_a_name_used_twice([*files, *(parcel.file for parcel in parcels)])
    for refusal in refused:
        click.echo(f"✗ {refusal}", err=True)
    for file in (parcel.file for parcel in parcels):
        if file.checked.env_file is not None:
            click.echo(f"! {file.shown}: {_ENV_FILE.format(file.checked.env_file)}", err=True)
    codes = [refusal.error.exit_code for refusal in refused]
    if parcels:
        address = load_configuration({"url": url, "defaults.environment": environment}).server()
        codes.append(asyncio.run(_push_all(address, parcels, dry_run)))
    context.exit(gravest(codes))


def _refuse_a_name_used_twice(files: Iterable["FlowFile"]) -> None:
    from testmesh_cli.errors import UsageError
    from testmesh_cli.sources import whereabouts

    by_name: dict[str, FlowFile] = {}
    for file in files:
        other = by_name.setdefault(file.checked.name, file)
        if whereabouts(other.path) != whereabouts(file.path):
            raise UsageError(
                f"{other.shown} and {file.shown} are both named {file.checked.name!r}: on the server one would "
                "replace the other, so nothing was pushed; rename one"
            )


async def _push_all(address: "Address", parcels: Sequence["Parcel"], dry_run: bool) -> "ExitCode":
    from testmesh_cli.errors import CliError, ServerUnreachableError
    from testmesh_cli.exit_codes import ExitCode, gravest
    from testmesh_cli.remote import flows
    from testmesh_cli.remote.client import ServerClient

    codes: list[ExitCode] = []
    missing: set[str] = set()
    async with ServerClient(address) as client:
        for place, parcel in enumerate(parcels):
            file, flow = parcel.file, parcel.file.checked
            if wanted := next((called for called in parcel.needs if called.checked.name in missing), None):
                click.echo(f"✗ {file.shown}: not pushed, since {wanted.shown}, which it runs, was not", err=True)
                missing.add(flow.name)
                continue
            try:
                pushed = await flows.push(client, parcel, dry_run=dry_run)
            except ServerUnreachableError as error:
                click.echo(f"✗ {file.shown}: {error}", err=True)
                click.echo(f"testmesh push: {len(parcels) - place} of {len(parcels)} flows not pushed", err=True)
                return error.exit_code
            except CliError as error:
                click.echo(f"✗ {file.shown}: {error}  [{error.code}]", err=True)
                codes.append(error.exit_code)
                missing.add(flow.name)
                continue
            would = "would be " if dry_run and pushed.outcome != "unchanged" else ""
            click.echo(f"{would}{pushed.outcome}  {flow.name}  version {pushed.version}  ({file.shown})")
            codes.append(ExitCode.PASSED)
    return gravest(codes)
