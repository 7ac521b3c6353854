"""`testmesh watch`: run flows, and run again what a change touches."""

from collections.abc import Sequence
from pathlib import Path

import click


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("-t", "--tags", metavar="EXPR", help="Flows and steps by tags: 'smoke and not slow'.")
@click.option("-k", "words", metavar="EXPR", help="Flows by words in name or file: 'order and not refund'.")
@click.option("--var", "pairs", multiple=True, metavar="K=V", help="A variable, above the flow's env; repeatable.")
@click.option(
    "--var-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="KEY=VALUE lines, or JSON."
)
@click.option("--seed", type=click.IntRange(min=0), help="Makes random values the same again.")
@click.option("-j", "--jobs", type=click.IntRange(1, 256), help="Flows at once; default: the cores.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first flow that does not pass.")
@click.option("-e", "--environment", help="Gives variables.")
@click.pass_context
def watch(
    context: click.Context,
    paths: tuple[Path, ...],
    tags: str | None,
    words: str | None,
    pairs: tuple[str, ...],
    var_file: Path | None,
    seed: int | None,
    jobs: int | None,
    fail_fast: bool,
    environment: str | None,
) -> None:
    """Run the flows in PATHS, then again each one that a change touches; without PATHS, those in this folder.

    A flow is touched by a change of its own file, of a flow that it runs, of a file that any of these name, and of
    its env_file; all flows are by .testmesh.yaml, .env and --var-file. New flows are run, deleted ones dropped.
    On a terminal: Enter runs all again, f those that did not pass, q quits. Ctrl-C quits; teardowns are carried out.

    Exit code: that of all flows as they stood last, as of `testmesh run`; 130 where flows were running.
    """
    import asyncio
    import secrets

    from testmesh_cli.configuration.applied import RunSettings, run_settings
    from testmesh_cli.configuration.precedence import load_configuration
    from testmesh_cli.running.request import RunRequest
    from testmesh_cli.selection.choice import Choice, expression
    from testmesh_cli.selection.selecting import select
    from testmesh_cli.sources import FlowFile
    from testmesh_cli.state.folder import state_folder
    from testmesh_cli.state.record import Record
    from testmesh_cli.variables import given_variables
    from testmesh_cli.watching.session import WatchRequest, WatchSession
    from testmesh_cli.watching.settings_files import settings_files

    flags = {"defaults.environment": environment, "defaults.jobs": jobs}
    configuration = load_configuration(flags)
    choice = Choice(tags=expression(tags, "-t"), words=expression(words, "-k"))
    record = Record(state_folder(configuration.files))
    as_run = RunRequest(
        variables=given_variables(pairs, var_file),
        var_names=tuple(dict.fromkeys(pair.partition("=")[0] for pair in pairs)),
        var_file=var_file,
        seed=secrets.randbelow(2**31) if seed is None else seed,
        jobs=configuration.value("defaults.jobs"),
        fail_fast=fail_fast,
        output=None,
        settings=RunSettings(named=environment),
        choice=choice,
    )

    def settings(files: Sequence[FlowFile]) -> RunSettings:
        return run_settings(load_configuration(flags), [file.checked for file in files], remote=False)

    request = WatchRequest(
        paths=paths or (Path(),),
        variables=lambda: given_variables(pairs, var_file),
        settings=settings,
        var_names=as_run.var_names,
        of_all=settings_files(configuration.files, var_file),
        seed=as_run.seed,
        jobs=as_run.jobs,
        fail_fast=fail_fast,
        again=as_run.again,
        choose=lambda files: select(files, choice, record).files,
    )

    async def carry_out() -> int:
        return await WatchSession(request).run()

    context.exit(asyncio.run(carry_out()))
