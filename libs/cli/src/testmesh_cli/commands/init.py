"""`testmesh init`: a project to start from."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from testmesh_cli.projects.parts import Part

TEMPLATES = ("http", "kafka", "db", "browser", "full")


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("--template", type=click.Choice(TEMPLATES), help="What the first flows test; http where nothing is said.")
@click.option("--ci", type=click.Choice(["github", "gitlab"]), help="Also the file that runs the flows in CI.")
@click.option(
    "--editor",
    type=click.Choice(["vscode", "any", "none"]),
    default="vscode",
    show_default=True,
    help="How editors learn the language: settings, or a line in each flow (any YAML language server).",
)
@click.option("--force", is_flag=True, help="Replace files that are there already.")
def init(folder: Path, template: str | None, ci: str | None, editor: str, force: bool) -> None:
    """Make a project in DIR (here without one): flows that run, settings, a README.

    A file that is there is kept and named, the rest is written. On a terminal you are asked what you test where
    several templates can be written; `--template` says it without a question.
    """
    from testmesh_cli.projects.files import Wish, project_files
    from testmesh_cli.projects.telling import next_commands, summary, tree_lines
    from testmesh_cli.projects.writing import write_files
    from testmesh_cli.reporting.paper import Span, standard_output, visible

    here = Path.cwd()
    place = (here / folder).resolve()
    wish = Wish(folder=place, parts=_parts(template), ci=ci, editor=editor)
    written = write_files(project_files(wish), force=force)
    paper = standard_output()
    for line in tree_lines(place, here, written):
        paper.write(line)
    paper.write([Span(f"\n{summary(written)} Next:")])
    commands = next_commands(wish, here)
    width = max(len(command) for command, _ in commands)
    for command, purpose in commands:
        paper.write([Span(f"  {visible(command):<{width}}", "bold"), Span(f"   # {purpose}" if purpose else "", "dim")])


def _parts(template: str | None) -> "tuple[Part, ...]":
    from testmesh_cli.errors import NotRunnableError
    from testmesh_cli.projects.parts import DEFAULT, TEMPLATES, missing_actions, offered
    from testmesh_engine.language.parse import built_in_actions

    registry = built_in_actions()
    known = offered(registry)
    if template is None:
        template = _asked(known) if len(known) > 1 and _is_watched() else DEFAULT
    if missing := missing_actions(TEMPLATES[template], registry):
        raise NotRunnableError(
            f"the template {template} was not written: its flows need {', '.join(missing)}, and this version has no "
            f"such action yet; write `testmesh init --template {known[0]}`"
        )
    return TEMPLATES[template]


def _is_watched() -> bool:
    import sys

    return sys.stdin.isatty() and sys.stdout.isatty()


def _asked(known: list[str]) -> str:
    from testmesh_cli.projects.parts import DEFAULT, TEMPLATES

    for name in known:
        click.echo(f"  {name:<8} {', '.join(part.shows for part in TEMPLATES[name])}", err=True)
    answer: str = click.prompt("What do you test?", type=click.Choice(known), default=DEFAULT, err=True)
    return answer
