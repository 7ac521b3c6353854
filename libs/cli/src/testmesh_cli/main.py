"""The `testmesh` command: a group whose commands load when they are called."""

import gc
import importlib
import sys
from collections.abc import Mapping

import click

from testmesh_cli import __version__
from testmesh_cli.exit_codes import ExitCode, gravest
from testmesh_cli.guidance import examples_of, first_words, in_sections, not_a_command
from testmesh_cli.reporting.outlet import Outlet, installed

COMMANDS: Mapping[str, str] = {
    "artifacts": "testmesh_cli.commands.artifacts",
    "completion": "testmesh_cli.commands.completion",
    "config": "testmesh_cli.commands.config",
    "debug": "testmesh_cli.commands.debug",
    "demo": "testmesh_cli.commands.demo",
    "explain": "testmesh_cli.commands.explain",
    "init": "testmesh_cli.commands.init",
    "logs": "testmesh_cli.commands.logs",
    "push": "testmesh_cli.commands.push",
    "results": "testmesh_cli.commands.results",
    "run": "testmesh_cli.commands.run",
    "schema": "testmesh_cli.commands.schema",
    "server": "testmesh_cli.commands.server",
    "upload": "testmesh_cli.commands.upload",
    "validate": "testmesh_cli.commands.validate",
    "watch": "testmesh_cli.commands.watch",
}
"""Where each command is; its module holds a click command of the same name."""

COMPLETE_VARIABLE = "_TESTMESH_COMPLETE"
"""By this variable a shell's completion asks; click answers it before any command runs."""
COLLECT_AFTER = 100_000
"""New objects between two collections of garbage. A start makes 90,000; at Python's own 700 it takes 15 ms more."""


class LazyGroup(click.Group):
    """Knows its commands by name, and imports the module of the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(COMMANDS[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)
        command.epilog = command.epilog or examples_of(cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] == "help" and not ctx.resilient_parsing:
            if len(args) == 1:
                click.echo(ctx.get_help())
                ctx.exit()
            args = [args[1], "--help"]
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(not_a_command(args[0], list(COMMANDS)), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, told in in_sections(self.list_commands(ctx)):
            with formatter.section(title):
                formatter.write_dl([(name, words or self._own_words(ctx, name)) for name, words in told])

    def _own_words(self, ctx: click.Context, name: str) -> str:
        command = self.get_command(ctx, name)
        return command.get_short_help_str(60) if command else ""


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="testmesh", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Test distributed systems end to end, by flows in YAML.

    Exit codes: 0 all passed, 1 some failed, 2 usage or invalid flow, 3 could not be judged,
    4 could not run, 5 nothing selected, 6 server, 124 out of time, 130 interrupted.

    Documentation: `testmesh explain` lists actions, functions, constructs and codes; `testmesh explain http_request`,
    `testmesh explain operators` and the like print a page.
    """
    if context.invoked_subcommand is None:
        from pathlib import Path

        click.echo(first_words(Path.cwd()), err=True)
        context.exit(ExitCode.INVALID)


def main() -> int:
    """Run the command and return its exit code, also where its output has no reader any more."""
    gc.set_threshold(COLLECT_AFTER)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    output, errors = installed()
    try:
        code = _carried_out()
    finally:
        output.close_for_good()
        errors.close_for_good()
        # The process ends: what it holds need not be searched for garbage once more, which takes 30 ms.
        gc.freeze()
    return _all_written(output, code)


def _carried_out() -> int:
    try:
        code = cli.main(prog_name="testmesh", standalone_mode=False)
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    except click.Abort:
        click.echo("testmesh: interrupted", err=True)
        return ExitCode.INTERRUPTED
    except Exception as error:
        from testmesh_cli.errors import CliError

        if not isinstance(error, CliError):
            # Python's own code for a crash is 1, which here says that the tested system is wrong.
            sys.excepthook(type(error), error, error.__traceback__)
            return ExitCode.ERROR
        _say(f"{error}  [{error.code}]")
        return error.exit_code
    return code if isinstance(code, int) else ExitCode.PASSED


def _show(error: click.ClickException) -> None:
    """Tell what click refuses: how the command is used, and what is wrong, broken at words."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        click.echo(context.get_usage(), err=True)
        click.echo(f"Try '{context.command_path} --help' for help.\n", err=True)
    _say(error.format_message(), "Error")


def _say(words: str, begins: str = "testmesh") -> None:
    from testmesh_cli.reporting.paper import Span, standard_error, visible

    paper = standard_error()
    for line in f"{begins}: {words}".splitlines():
        paper.write([Span(visible(line), "red")])


def _all_written(output: Outlet, code: int) -> int:
    """Return the code; a reader that has gone away is its own affair, a report that is not all there is none."""
    if output.failure is None or isinstance(output.failure, BrokenPipeError):
        return code
    reason = output.failure.strerror or output.failure
    click.echo(f"testmesh: the output could not be written: {reason}; what is there of it is not complete", err=True)
    return gravest((ExitCode(code), ExitCode.ERROR))
