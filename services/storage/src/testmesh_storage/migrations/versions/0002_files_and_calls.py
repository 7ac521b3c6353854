"""A flow's version has the files that it names and the flows that it calls."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = ("flows.flows", "flows.flow_versions")


def upgrade() -> None:
    for table in TABLES:
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN files jsonb NOT NULL DEFAULT '{{}}',"
            " ADD COLUMN calls jsonb NOT NULL DEFAULT '{}'"
        )
