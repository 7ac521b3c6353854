"""`testmesh schema`: the flow language as JSON Schema, for editors."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from testmesh_engine.language.schema_drafts import Draft


@click.command()
@click.option(
    "--draft",
    type=click.Choice(["2020-12", "07"]),
    default="2020-12",
    show_default=True,
    help="Of JSON Schema; many editors read 07 best.",
)
def schema(draft: "Draft") -> None:
    """Print the flow language as JSON Schema, for editors; `validate` knows more than it can say.

    An editor with the YAML language server reads it by a comment in a flow's first line:
    # yaml-language-server: $schema=flow.schema.json
    """
    from testmesh_cli.reporting.documents import write_json
    from testmesh_engine.language.schema import flow_schema

    write_json(flow_schema(draft=draft), indent=2)
