"""`testmesh run`: run flows here, or on a server."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from testmesh_cli.commands.run_options import RunArguments, run_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testmesh_cli.configuration.applied import RunSettings
    from testmesh_cli.configuration.precedence import Configuration
    from testmesh_cli.reporting.destinations import Destination
    from testmesh_cli.running.request import RunRequest
    from testmesh_cli.selection.choice import Choice
    from testmesh_cli.sources import FlowFile
    from testmesh_cli.state.record import Record


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@run_options
@click.pass_context
def run(context: click.Context, /, **given: Any) -> None:
    """Run the flows in PATHS, files or folders; without any, in this folder.

    Exit code 0 only where every flow passed: 1 some failed, 2 a flow is not valid (nothing was run),
    3 could not be judged, 4 could not run, 5 nothing selected, 6 server, 124 out of --timeout, 130 interrupted.

    -t asks for the tags of each step: its own, and those of its flow. A flow of which only some steps fit
    is run with these, its setup and its teardown; the others are recorded as skipped.

    --last-failed runs every flow where none is known that did not pass, and says so: nothing is green unrun.

    --repeat gives each repetition a result, and a seed, of its own; one that does not pass makes the run not pass.

    With --remote a server runs them. Their steps are shown live, also over connections that break; the result,
    and so the exit code, is the one in the server's database. Ctrl-C cancels there, and waits for the end.
    With --detach nothing is waited for: 0 says that all were started, `testmesh results ID` how they ended.

    With --report the results are also written to files, after Ctrl-C too. A report that cannot be written makes
    exit code 3 of a better one.

    With --upload flows run here, and the server keeps how they ended, steps and all. What it cannot take is kept
    in .testmesh/unsent for `testmesh upload`; the exit code is the run's own, or 6 where that would be 0.
    """
    import asyncio
    import os

    from testmesh_cli.reporting.destinations import destinations_of
    from testmesh_cli.reporting.nothing_run import told_if_nothing_runs

    asked = RunArguments(**given)
    understood = destinations_of(asked.reports, os.environ, rehearsed=asked.dry_run)
    reports = [] if asked.dry_run else understood
    with told_if_nothing_runs(reports):
        files, request = _understood(asked, reports)
    if asked.dry_run:
        from testmesh_cli.running.rehearsal import rehearse

        context.exit(rehearse(files, request))
    if asked.detach and request.server is not None:
        from testmesh_cli.running.detached import start_files

        context.exit(asyncio.run(start_files(files, request, request.server)))
    from testmesh_cli.running.session import run_files

    context.exit(asyncio.run(run_files(files, request)))


def _understood(asked: RunArguments, reports: "Sequence[Destination]") -> "tuple[Sequence[FlowFile], RunRequest]":
    """Return the flows that are to be run, and how; what is to be said of it is said."""
    from testmesh_cli.checking import checked_flows
    from testmesh_cli.configuration.applied import run_settings
    from testmesh_cli.configuration.precedence import load_configuration
    from testmesh_cli.notes import notes_remark
    from testmesh_cli.reporting.paper import remark_line, standard_error
    from testmesh_cli.selection.selecting import select
    from testmesh_cli.state.folder import state_folder
    from testmesh_cli.state.record import Record

    asked.refuse_what_means_nothing()
    choice = _choice(asked)
    configuration = load_configuration(asked.settings())
    record = Record(state_folder(configuration.files), asked.durations)
    record.assert_replaceable()
    found = checked_flows(asked.paths or (Path(),), asked.output)
    selection = select(found, choice, record)
    flows = [file.checked for file in selection.files]
    settings = run_settings(configuration, flows, remote=asked.remote)
    request = _request(asked, choice, configuration, settings, record, found, reports)
    notes = notes_remark(selection.files, None if asked.remote else request.given_to)
    remarks = [*settings.environment_notes(flows), *selection.notes, *([notes] if notes else [])]
    for note in [*remarks, *([] if asked.remote else settings.remarks(flows))]:
        standard_error().write(remark_line(note))
    return selection.files, request


def _choice(asked: RunArguments) -> "Choice":
    import secrets

    from testmesh_cli.selection.choice import Choice, expression, shard

    return Choice(
        tags=expression(asked.tags, "-t"),
        words=expression(asked.words, "-k"),
        steps=tuple(dict.fromkeys(asked.steps)),
        shard=shard(asked.shard),
        last_failed=asked.last_failed,
        order="random" if asked.order == "random" else "given",
        repeat=asked.repeat,
        seed=secrets.randbelow(2**31) if asked.seed is None else asked.seed,
        whole_flows=asked.remote,
    )


def _request(
    asked: RunArguments,
    choice: "Choice",
    configuration: "Configuration",
    settings: "RunSettings",
    record: "Record",
    found: "Sequence[FlowFile]",
    reports: "Sequence[Destination]",
) -> "RunRequest":
    from testmesh_cli.running.request import RunRequest
    from testmesh_cli.uploading.unsent import unsent_folder
    from testmesh_cli.variables import given_variables

    return RunRequest(
        variables=given_variables(asked.pairs, asked.var_file),
        var_names=tuple(dict.fromkeys(pair.partition("=")[0] for pair in asked.pairs)),
        var_file=asked.var_file,
        seed=choice.seed,
        jobs=configuration.value("defaults.jobs"),
        fail_fast=asked.fail_fast,
        output=asked.output,
        quiet=asked.quiet,
        server=configuration.server() if asked.remote else None,
        upload=configuration.server() if asked.upload else None,
        url=asked.url,
        logs=asked.follow,
        settings=settings,
        choice=choice,
        timeout=_seconds(asked.timeout),
        artifacts=asked.artifacts,
        granularity=asked.granularity or "flow",
        together=found,
        record=record,
        reports=reports,
        unsent=unsent_folder(configuration.files),
    )


def _seconds(timeout: str | None) -> float | None:
    from testmesh_cli.errors import UsageError
    from testmesh_sdk.durations import DurationInvalidError, parse_duration

    if timeout is None:
        return None
    try:
        seconds = parse_duration(timeout)
    except DurationInvalidError as error:
        raise UsageError(f"--timeout: {error}") from error
    if not seconds:
        raise UsageError("--timeout 0s: no flow could begin; give the time that all flows may take, such as 10m")
    return seconds
