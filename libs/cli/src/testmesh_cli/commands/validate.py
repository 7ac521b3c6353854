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
@click.option("--strict", is_flag=True, help="Notes make exit code 2, too.")
@click.pass_context
def validate(
    context: click.Context, paths: tuple[Path, ...], shape: Literal["text", "json", "github", "sarif"], *, strict: bool
) -> None:
    """Check the flows in PATHS, files or folders; without any, in this folder.

    Exit code 0 all are valid, 2 some are not (or, with --strict, have notes), 5 no flow found.
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
    bad = any(file.flow is None or (strict and file.flow.notes) for file in files)
    context.exit(ExitCode.INVALID if bad else ExitCode.PASSED)
