"""`testmesh validate`: every fault of every flow, without running any."""

from pathlib import Path

import click


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def validate(context: click.Context, paths: tuple[Path, ...], shape: str) -> None:
    """Check the flows in PATHS, files or folders; without any, in this folder.

    Exit code 0 all are valid, 2 some are not, 5 no flow found.
    """
    from testmesh_cli.configuration.applied import listed_env
    from testmesh_cli.configuration.env_notes import with_env_notes
    from testmesh_cli.configuration.precedence import load_configuration
    from testmesh_cli.exit_codes import ExitCode
    from testmesh_cli.named_files import with_named
    from testmesh_cli.reporting.documents import write_json
    from testmesh_cli.reporting.faults import fault_lines, faults_as_json, note_lines
    from testmesh_cli.reporting.paper import Span, standard_output
    from testmesh_cli.sources import read_flows

    files = with_env_notes(with_named(read_flows(paths or (Path(),))), listed_env(load_configuration()))
    faults = sum(len(file.faults) for file in files)
    bad = sum(file.flow is None for file in files)
    if shape == "json":
        write_json(faults_as_json(files), indent=2)
    else:
        paper = standard_output()
        for file in files:
            for line in [*fault_lines(file, paper.width), *note_lines(file, paper.width)]:
                paper.write(line)
        words = f"{len(files) - bad} valid, {bad} not valid"
        told = f" ({faults} fault{'s' * (faults != 1)})" if faults else ""
        paper.write([Span(words + told, "bold red" if bad else "bold green")])
    context.exit(ExitCode.INVALID if bad else ExitCode.PASSED)
