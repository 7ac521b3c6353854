"""`testmesh explain WORD`: what a diagnostic means, what an action or a construct of the language does."""

import sys
from itertools import groupby
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from testmesh_engine.codes import Code

PARTS = {
    "TM1": "what cannot be read",
    "TM2": "keys and values",
    "TM3": "what is wrong in its meaning; some are notes",
    "TM4": "while a flow runs",
    "TM5": "what single actions find",
}
WIDTH = 100
CODE_THEME = "ansi_dark"
"""The terminal's own colours, on its own background."""


def _words(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:  # noqa: ARG001 - click's
    from testmesh_cli.topics import topics
    from testmesh_engine.codes import CODES

    return [word for word in (*topics(), *CODES) if word.lower().startswith(begun.lower())]


@click.command()
@click.argument("words", metavar="[CODE | TOPIC]...", nargs=-1, shell_complete=_words)
def explain(words: tuple[str, ...]) -> None:
    """Explain a code such as TM301, an action such as http_request, or a part of the language such as functions.

    Without a word, all of them are listed.
    """
    from testmesh_cli.topics import topics
    from testmesh_engine.codes import CODES

    pages = topics()
    if not words:
        _list(pages, CODES)
        return
    told = [_explained(word, pages, CODES) for word in words]
    for number, (text, is_page) in enumerate(told):
        if number:
            click.echo()
        _print(text, is_page=is_page)


def _explained(word: str, pages: "Mapping[str, Path]", codes: "Mapping[str, Code]") -> tuple[str, bool]:
    from testmesh_cli.errors import UsageError
    from testmesh_cli.topics import ALSO, page
    from testmesh_engine.language.diagnostics import did_you_mean

    asked = word.strip()
    if (code := codes.get(asked.upper())) is not None:
        return f"{asked.upper()}: {code.title}\n\n{code.explanation}", False
    name = asked.lower().replace("-", "_")
    if (path := pages.get(ALSO.get(name, name))) is not None:
        return page(path), True
    hint = did_you_mean(asked, {*pages, *codes}) or "`testmesh explain` lists all codes and topics"
    raise UsageError(f"nothing here is called {word!r}; {hint}")


def _list(pages: "Mapping[str, Path]", codes: "Mapping[str, Code]") -> None:
    from textwrap import fill

    for folder, found in groupby(pages.items(), key=lambda page: page[1].parent.name):
        title = {"language": "The language", "actions": "Actions"}[folder]
        click.echo(f"{title}:")
        click.echo(fill(", ".join(name for name, _ in found), 78, initial_indent="  ", subsequent_indent="  "))
        click.echo()
    for part, found_codes in groupby(codes.items(), key=lambda code: code[0][:3]):
        click.echo(f"{part}xx  {PARTS[part]}:")
        for known, meaning in found_codes:
            click.echo(f"  {known}  {meaning.title}")
        click.echo()


def _print(text: str, *, is_page: bool) -> None:
    """Print for a person: on a terminal a page is laid out, words are not cut; a pipe gets the text as it is."""
    if not sys.stdout.isatty():
        click.echo(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.text import Text

    console = Console(highlight=False)
    console.width = min(console.width, WIDTH)
    console.print(Markdown(text, code_theme=CODE_THEME) if is_page else Text(text))
