"""The files of an execution are found in the order of their ids, page by page."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("CREATE INDEX artifacts_in_order ON executions.artifacts (execution_id, id)")
    op.execute("DROP INDEX executions.artifacts_by_execution")
