"""`testmesh explain CODE`: what a diagnostic means, and what to do about it."""

import click


def _codes(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:  # noqa: ARG001 - click's
    from testmesh_engine.codes import CODES

    return [code for code in CODES if code.startswith(begun.upper())]


@click.command()
@click.argument("code", required=False, shell_complete=_codes)
def explain(code: str | None) -> None:
    """Explain a code such as TM301; without one, list all codes."""
    from testmesh_cli.errors import UsageError
    from testmesh_engine.codes import CODES
    from testmesh_engine.language.diagnostics import did_you_mean

    if code is None:
        for known, meaning in CODES.items():
            click.echo(f"{known}  {meaning.title}")
        return
    found = CODES.get(code.strip().upper())
    if found is None:
        raise UsageError(f"no diagnostic has the code {code!r}; {did_you_mean(code.upper(), set(CODES))}")
    click.echo(f"{code.strip().upper()}: {found.title}\n\n{found.explanation}")
