"""Schedules, their fires, outbox and inbox."""

from alembic import op

from testmesh_chassis.migrations import INBOX, OUTBOX

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE scheduler.schedules (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL,
    name text NOT NULL,
    flow_id uuid NOT NULL,
    cron_expression text NOT NULL,
    timezone text NOT NULL,
    environment text,
    variables jsonb NOT NULL DEFAULT '{}',
    enabled boolean NOT NULL DEFAULT true,
    disabled_reason text,
    version int NOT NULL DEFAULT 1,
    last_run_at timestamptz,
    next_run_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (project_id, name)
);
CREATE INDEX schedules_due ON scheduler.schedules (next_run_at) WHERE enabled;
CREATE INDEX schedules_flow ON scheduler.schedules (flow_id);
CREATE TABLE scheduler.fires (
    schedule_id uuid NOT NULL REFERENCES scheduler.schedules ON DELETE CASCADE,
    slot timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('due', 'fired', 'missed')),
    reason text,
    execution_id uuid,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (schedule_id, slot)
);
CREATE INDEX fires_due ON scheduler.fires (slot) WHERE state = 'due';
"""


def upgrade() -> None:
    for ddl in (TABLES, OUTBOX, INBOX):
        for statement in ddl.replace("{schema}", "scheduler").split(";"):
            if statement.strip():
                op.execute(statement)
