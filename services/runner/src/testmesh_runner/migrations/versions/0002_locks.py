"""Concurrency keys: who holds one, who waits for it, and runs that are parked meanwhile."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# `start_by` is that of the run: an index on `agents.runs` that names its state would end the HOT updates there.
# The new check is wider than the old one, so the rows that are there need no look at them.
STATEMENTS = (
    "ALTER TABLE agents.runs DROP CONSTRAINT runs_state_check",
    """
    ALTER TABLE agents.runs ADD CONSTRAINT runs_state_check
        CHECK (state IN ('parked', 'waiting', 'held', 'ended', 'confirmed')) NOT VALID
    """,
    """
    CREATE TABLE agents.locks (
        execution_id uuid PRIMARY KEY,
        project_id uuid NOT NULL,
        key text NOT NULL,
        policy text NOT NULL CHECK (policy IN ('queue', 'skip', 'cancel_older')),
        held boolean NOT NULL,
        start_by timestamptz NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp()
    ) WITH (fillfactor = 70)
    """,
    "CREATE UNIQUE INDEX locks_one_holder ON agents.locks (project_id, key) WHERE held",
    "CREATE INDEX locks_key ON agents.locks (project_id, key, execution_id)",
    "CREATE INDEX locks_due ON agents.locks (start_by) WHERE NOT held",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
