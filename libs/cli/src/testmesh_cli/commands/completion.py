"""`testmesh completion`: what makes a shell complete commands, options and their values."""

import click

INSTALL = {
    "bash": 'add to ~/.bashrc:  eval "$(testmesh completion bash)"',
    "zsh": 'add to ~/.zshrc, below compinit:  eval "$(testmesh completion zsh)"',
    "fish": "run once:  testmesh completion fish > ~/.config/fish/completions/testmesh.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(list(INSTALL)))
def completion(shell: str) -> None:
    """Print the lines by which a shell completes `testmesh`; they say how to have them always."""
    from click.shell_completion import get_completion_class

    from testmesh_cli.main import COMPLETE_VARIABLE, cli

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(cli, {}, "testmesh", COMPLETE_VARIABLE).source())
    click.echo(f"# To have it always, {INSTALL[shell]}")
