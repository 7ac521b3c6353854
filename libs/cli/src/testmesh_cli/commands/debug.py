"""`testmesh debug`: run a flow step by step, and look at what it does."""

from pathlib import Path

import click


@click.command()
@click.argument("flow", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--break", "breakpoints", multiple=True, metavar="PLACE", help="Hold there: ID, LINE or FILE:LINE; repeatable."
)
@click.option("--var", "pairs", multiple=True, metavar="K=V", help="A variable, above the flow's env; repeatable.")
@click.option(
    "--var-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="KEY=VALUE lines, or JSON."
)
@click.option("--seed", type=click.IntRange(min=0), help="Makes random values the same again.")
@click.option("-e", "--environment", help="Gives variables.")
@click.pass_context
def debug(
    context: click.Context,
    flow: Path,
    breakpoints: tuple[str, ...],
    pairs: tuple[str, ...],
    var_file: Path | None,
    seed: int | None,
    environment: str | None,
) -> None:
    """Run one FLOW here, held before its first step, at breakpoints, and behind each step that does not pass.

    `help` at the prompt lists the commands. While the run is held, the clocks of flow and steps stand still.
    Commands are also read from a pipe; where they end, the run ends with its teardown.

    Exit code: 0 the flow passed, and nobody had a hand in it; 1 it failed; 3 could not be judged, as with any step
    skipped, tried again, or a variable set by hand; 130 it was left before its end; else as `testmesh run`.
    """
    import secrets

    from testmesh_cli.configuration.applied import run_settings
    from testmesh_cli.configuration.precedence import load_configuration
    from testmesh_cli.debugging.session import DebugRequest, DebugSession
    from testmesh_cli.variables import given_variables

    configuration = load_configuration({"defaults.environment": environment})
    variables = given_variables(pairs, var_file)
    chosen = secrets.randbelow(2**31) if seed is None else seed
    names = tuple(dict.fromkeys(pair.partition("=")[0] for pair in pairs))
    request = DebugRequest(
        path=flow,
        variables=variables,
        var_names=names,
        seed=chosen,
        breakpoints=breakpoints,
        settings=lambda file: run_settings(configuration, [file.checked], remote=False),
    )
    context.exit(DebugSession(request).run())
