"""An execution that was carried out elsewhere knows its upload."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE executions.executions ADD COLUMN upload jsonb")
