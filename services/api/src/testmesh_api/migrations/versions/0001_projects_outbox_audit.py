"""Projects, outbox, idempotency keys, audit events, the key of the cursors."""

import secrets

from alembic import op

from testmesh_chassis.migrations import OUTBOX

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE users.projects (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO users.projects (id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'default');
CREATE TABLE users.idempotency_keys (
    key text NOT NULL,
    principal text NOT NULL,
    route text NOT NULL,
    request_digest text NOT NULL,
    status int,
    body bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (principal, route, key)
);
CREATE INDEX idempotency_keys_created_at ON users.idempotency_keys (created_at);
CREATE TABLE users.audit_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    project_id uuid NOT NULL,
    principal text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    outcome text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE users.signing_keys (
    purpose text PRIMARY KEY,
    key bytea NOT NULL
);
"""
REFUSE_CHANGE = """
CREATE FUNCTION users.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are only ever added' USING ERRCODE = 'insufficient_privilege';
END
$$
"""
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON users.audit_events
FOR EACH STATEMENT EXECUTE FUNCTION users.refuse_change()
"""


def upgrade() -> None:
    for statement in (OUTBOX.format(schema="users") + TABLES).split(";"):
        if statement.strip():
            op.execute(statement)
    op.execute(REFUSE_CHANGE)
    op.execute(APPEND_ONLY)
    op.execute(f"INSERT INTO users.signing_keys VALUES ('cursors', decode('{secrets.token_hex(32)}', 'hex'))")


def downgrade() -> None:
    for table in ("signing_keys", "audit_events", "idempotency_keys", "outbox_said", "outbox", "projects"):
        op.execute(f"DROP TABLE users.{table}")
    op.execute("DROP FUNCTION users.refuse_change")
