"""`testmesh schema`: the flow language as JSON Schema, for editors."""

import click


@click.command()
def schema() -> None:
    """Print the flow language as JSON Schema 2020-12, for editors; `validate` knows more than it can say."""
    from testmesh_cli.reporting.documents import write_json
    from testmesh_engine.language.schema import flow_schema

    write_json(flow_schema(), indent=2)
