"""Runners, runs with their claims, cancels."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    "CREATE SEQUENCE agents.claims AS bigint",
    """
    CREATE TABLE agents.runners (
        id text PRIMARY KEY,
        hostname text NOT NULL,
        version text NOT NULL,
        capacity int NOT NULL,
        running int NOT NULL DEFAULT 0,
        actions text[] NOT NULL DEFAULT '{}',
        labels jsonb NOT NULL DEFAULT '{}',
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        state text NOT NULL CHECK (state IN ('ready', 'draining', 'left', 'lost'))
    ) WITH (fillfactor = 50)
    """,
    """
    CREATE TABLE agents.runs (
        execution_id uuid PRIMARY KEY,
        run int NOT NULL DEFAULT 1,
        claim bigint NOT NULL,
        runner_id text,
        state text NOT NULL CHECK (state IN ('waiting', 'held', 'ended', 'confirmed')),
        started boolean NOT NULL,
        start_by timestamptz NOT NULL,
        trace text,
        request text,
        terminal text,
        last_seq int,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
    ) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000)
    """,
    "CREATE INDEX runs_runner_id ON agents.runs (runner_id)",
    """
    CREATE TABLE agents.cancels (
        execution_id uuid PRIMARY KEY,
        project_id uuid NOT NULL,
        reason text NOT NULL,
        requested_by text,
        at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
