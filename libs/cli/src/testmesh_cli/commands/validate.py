"""`testmesh validate`: every fault of every flow, without running any."""

from pathlib import Path
from typing import Literal

import click


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
    help="github: annotations of a workflow; sarif: a log for code scanning.",
)
@click.pass_context
def validate(
    context: click.Context, paths: tuple[Path, ...], shape: Literal["text", "json", "github", "sarif"]
) -> None:
    """Check the flows in PATHS, files or folders; without any, in this folder.

    Exit code 0 all are valid, 2 some are not, 5 no flow found.
    """
    from testmesh_cli.configuration.applied import listed_env
    from testmesh_cli.configuration.env_notes import with_env_notes
    from testmesh_cli.configuration.precedence import load_configuration
    from testmesh_cli.exit_codes import ExitCode
    from testmesh_cli.named_files import with_named
    from testmesh_cli.reporting.checks import write_checks
    from testmesh_cli.sources import read_flows

    files = with_env_notes(with_named(read_flows(paths or (Path(),))), listed_env(load_configuration()))
    write_checks(files, shape)
    context.exit(ExitCode.INVALID if any(file.flow is None for file in files) else ExitCode.PASSED)
