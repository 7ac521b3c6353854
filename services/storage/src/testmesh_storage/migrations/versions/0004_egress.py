"""An environment knows where its executions may connect to."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("ALTER TABLE flows.environments ADD COLUMN egress jsonb")
