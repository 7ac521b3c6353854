"""A whole `testmesh artifacts list` or `download`."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import click

from testmesh_cli.errors import NotRunnableError, ServerError
from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.remote import artifacts, executions
from testmesh_cli.remote.address import Address
from testmesh_cli.remote.client import ServerClient
from testmesh_cli.reporting.documents import write_json
from testmesh_cli.reporting.paper import Span, remark_line, standard_error, standard_output, visible
from testmesh_cli.reporting.values import one_line
from testmesh_cli.running.artifacts import Places, safe_name
from testmesh_contracts.executions import ArtifactView

UNITS = ("KiB", "MiB", "GiB")


@dataclass(frozen=True, slots=True)
class ArtifactRequest:
    """Whose files: of an execution, or of the newest one; of all its steps, or of one."""

    execution_id: UUID | None
    step: str | None


async def list_artifacts(server: Address, request: ArtifactRequest, output: str | None) -> ExitCode:
    """Print a line for each file: its size, type, step and name."""
    async with ServerClient(server) as client:
        found = await _found(client, request)
    if found is None:
        return ExitCode.NOTHING_SELECTED
    if output == "json":
        write_json({"items": found[1]}, indent=2)
    elif output == "ndjson":
        for view in found[1]:
            write_json(view)
    else:
        _print(found[1])
    return ExitCode.PASSED


async def download_artifacts(server: Address, request: ArtifactRequest, into: Path | None) -> ExitCode:
    """Write the files as FOLDER/STEP/NAME, and print each place; what cannot be had does not keep others away."""
    code, places = ExitCode.PASSED, Places()
    async with ServerClient(server) as client:
        found = await _found(client, request)
        if found is None:
            return ExitCode.NOTHING_SELECTED
        execution_id, views = found
        folder = into or Path(execution_id)
        for view in views:
            target = places.take(folder / safe_name(view.path or "flow"), safe_name(view.name), str(view.id))
            try:
                await artifacts.download(client, view, target)
            except ServerError as error:
                code = ExitCode.SERVER
                standard_error().write([Span(visible(one_line(f"testmesh: {error}  [{error.code}]")), "red")])
            except OSError as error:
                raise NotRunnableError(f"{target} cannot be written: {error.strerror}") from error
            else:
                click.echo(visible(str(target)))
    return code


async def _found(client: ServerClient, request: ArtifactRequest) -> tuple[str, list[ArtifactView]] | None:
    if request.execution_id is None:
        newest = await executions.list_newest(client, None, 1)
        if not newest:
            click.echo("no executions", err=True)
            return None
        execution_id = str(newest[0].id)
    else:
        execution_id = str(request.execution_id)
    views = [view async for view in artifacts.of_execution(client, execution_id, request.step)]
    if not views:
        standard_error().write(remark_line(f"execution {execution_id} has no artifacts"))
    return execution_id, views


def _print(views: list[ArtifactView]) -> None:
    paper = standard_output()
    sizes = [shown_size(view.size_bytes) for view in views]
    width = max(map(len, sizes), default=0)
    for view, size in zip(views, sizes, strict=True):
        run = f" (run {view.run})" if view.run > 1 else ""
        where = f"{view.path or 'the flow'}{run}"
        words = "  ".join(one_line(word) for word in (view.content_type, where, view.name))
        paper.write([Span(visible(f"{size:>{width}}  {words}"))])


def shown_size(size: int) -> str:
    """Return a size as people say it."""
    power = 0 if size < 1024 else min(len(UNITS), (size.bit_length() - 1) // 10)
    return f"{size} B" if power == 0 else f"{size / 1024**power:.1f} {UNITS[power - 1]}"
