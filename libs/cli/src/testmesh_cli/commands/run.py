"""`testmesh run`: run flows here, or on a server."""

from pathlib import Path

import click


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--var", "pairs", multiple=True, metavar="K=V", help="A variable, above the flow's env; repeatable.")
@click.option(
    "--var-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="KEY=VALUE lines, or JSON."
)
@click.option("--seed", type=click.IntRange(min=0), help="Makes random values the same again; local runs.")
@click.option("-j", "--jobs", type=click.IntRange(1, 256), help="Flows at once; default: the cores.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first flow that does not pass.")
@click.option("--remote", is_flag=True, help="Run on the TestMesh server.")
@click.option("--follow", is_flag=True, help="Also show what steps log; with --remote.")
@click.option("--detach", is_flag=True, help="Start, print the ids, and leave; with --remote.")
@click.option("-e", "--environment", help="The server's environment that gives variables; with --remote.")
@click.option("--url", help="The server's address; with --remote.")
@click.option("-o", "--output", type=click.Choice(["json", "ndjson"]), help="Results as JSON on stdout.")
@click.pass_context
def run(
    context: click.Context,
    paths: tuple[Path, ...],
    pairs: tuple[str, ...],
    var_file: Path | None,
    seed: int | None,
    jobs: int | None,
    fail_fast: bool,
    remote: bool,
    follow: bool,
    detach: bool,
    environment: str | None,
    url: str | None,
    output: str | None,
) -> None:
    """Run the flows in PATHS, files or folders; without any, in this folder.

    Exit code 0 only where every flow passed: 1 some failed, 2 a flow is not valid (nothing was run),
    3 could not be judged, 4 could not run, 5 no flow found, 6 server, 130 interrupted.

    With --remote a server runs them. Their steps are shown live, also over connections that break; the result,
    and so the exit code, is the one in the server's database. Ctrl-C cancels there, and waits for the end.
    With --detach nothing is waited for: 0 says that all were started, `testmesh results ID` how they ended.
    """
    import asyncio
    import os
    import secrets

    from testmesh_cli.checking import checked_flows
    from testmesh_cli.remote.address import server_address
    from testmesh_cli.running.session import RunRequest, run_files
    from testmesh_cli.variables import given_variables

    _refuse_what_means_nothing(remote, environment, url, seed)
    _refuse_ways_to_follow(remote, follow, detach, fail_fast)
    variables = given_variables(pairs, var_file)
    files = checked_flows(paths or (Path(),), output)
    request = RunRequest(
        variables=variables,
        var_names=tuple(dict.fromkeys(pair.partition("=")[0] for pair in pairs)),
        var_file=var_file,
        seed=secrets.randbelow(2**31) if seed is None else seed,
        jobs=jobs or os.cpu_count() or 1,
        fail_fast=fail_fast,
        output=output,
        server=server_address(url, os.environ) if remote else None,
        environment=environment,
        url=url,
        logs=follow,
    )
    if detach and request.server is not None:
        from testmesh_cli.running.detached import start_files

        context.exit(asyncio.run(start_files(files, request, request.server)))
    context.exit(asyncio.run(run_files(files, request)))


def _refuse_what_means_nothing(remote: bool, environment: str | None, url: str | None, seed: int | None) -> None:
    if remote and seed is not None:
        raise click.UsageError("--seed is for local runs; a server chooses its own.")
    if not remote and environment is not None:
        raise click.UsageError("-e names an environment of a server: add --remote, or give --var or --var-file.")
    if not remote and url is not None:
        raise click.UsageError("--url names a server: add --remote.")


def _refuse_ways_to_follow(remote: bool, follow: bool, detach: bool, fail_fast: bool) -> None:
    for name, given in (("--follow", follow), ("--detach", detach)):
        if given and not remote:
            raise click.UsageError(f"{name} is for flows that a server runs: add --remote.")
    if follow and detach:
        raise click.UsageError("--follow waits for the end and --detach does not: give one of them.")
    if detach and fail_fast:
        raise click.UsageError("--fail-fast needs results, and --detach waits for none: give one of them.")
