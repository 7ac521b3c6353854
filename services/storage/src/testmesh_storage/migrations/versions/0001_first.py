"""Flows, environments, executions with their runs, steps, logs and artifacts; partitions by month."""

from alembic import op

from testmesh_chassis.migrations import FOLDS, INBOX, OUTBOX

revision = "0001"
down_revision = None

FLOWS = """
CREATE TABLE flows.flows (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL,
    name text NOT NULL,
    description text,
    suite text,
    tags text[] NOT NULL DEFAULT '{}',
    definition jsonb NOT NULL,
    source text NOT NULL,
    settings jsonb NOT NULL,
    environment text,
    version int NOT NULL,
    digest text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by text,
    deleted_at timestamptz
);
CREATE UNIQUE INDEX flows_live_name ON flows.flows (project_id, name) WHERE deleted_at IS NULL;
CREATE INDEX flows_by_project ON flows.flows (project_id, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX flows_tags ON flows.flows USING gin (tags);
CREATE TABLE flows.flow_versions (
    flow_id uuid NOT NULL REFERENCES flows.flows (id) ON DELETE CASCADE,
    version int NOT NULL,
    project_id uuid NOT NULL,
    name text NOT NULL,
    description text,
    suite text,
    tags text[] NOT NULL DEFAULT '{}',
    definition jsonb NOT NULL,
    source text NOT NULL,
    settings jsonb NOT NULL,
    digest text NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text,
    PRIMARY KEY (flow_id, version)
);
CREATE TABLE flows.environments (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL,
    name text NOT NULL,
    description text,
    variables jsonb NOT NULL DEFAULT '{}',
    secrets jsonb NOT NULL DEFAULT '{}',
    version int NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (project_id, name)
);
"""

# A row is made by whichever message comes first, so nothing but the id is sure to be known.
# No index on status, started_at or finished_at, not even a partial one: they end HOT updates.
EXECUTIONS = """
CREATE TABLE executions.executions (
    id uuid PRIMARY KEY,
    project_id uuid,
    flow_id uuid,
    flow_name text,
    flow_version int,
    status text NOT NULL DEFAULT 'pending',
    environment text,
    trigger_type text,
    triggered_by text,
    parent_id uuid,
    batch_id uuid,
    priority text,
    labels jsonb,
    run int NOT NULL DEFAULT 0,
    fence bigint NOT NULL DEFAULT 0,
    requested_at timestamptz,
    start_by timestamptz,
    timeout_ms bigint,
    deadline_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    duration_ms double precision,
    error_code text,
    error_message text,
    warnings jsonb,
    step_counts jsonb,
    lost_events int NOT NULL DEFAULT 0,
    delayed_reason text,
    tainted boolean NOT NULL DEFAULT false,
    tainted_reason text,
    trace_id text,
    context jsonb,
    planned jsonb,
    outputs jsonb
) PARTITION BY RANGE (id);
CREATE INDEX executions_by_project ON executions.executions (project_id, id DESC);
CREATE INDEX executions_by_flow ON executions.executions (flow_id, id DESC);
CREATE INDEX executions_by_batch ON executions.executions (batch_id, id DESC) WHERE batch_id IS NOT NULL;
CREATE TABLE executions.executions_default PARTITION OF executions.executions DEFAULT WITH (fillfactor = 60);
CREATE TABLE executions.runs (
    execution_id uuid NOT NULL,
    run int NOT NULL,
    project_id uuid,
    claim bigint NOT NULL DEFAULT 0,
    runner_id text,
    status text NOT NULL DEFAULT 'pending',
    started_at timestamptz,
    finished_at timestamptz,
    last_seq int NOT NULL DEFAULT 0,
    lost_events int NOT NULL DEFAULT 0,
    refused int NOT NULL DEFAULT 0,
    hole_since timestamptz,
    terminal_held_since timestamptz,
    first_event_at timestamptz,
    last_event_at timestamptz,
    PRIMARY KEY (execution_id, run)
) WITH (fillfactor = 70);
CREATE TABLE executions.events_ahead (
    execution_id uuid NOT NULL,
    run int NOT NULL,
    seq int NOT NULL,
    event jsonb,
    PRIMARY KEY (execution_id, run, seq)
);
CREATE TABLE executions.execution_steps (
    execution_id uuid NOT NULL,
    run int NOT NULL,
    path text NOT NULL,
    project_id uuid,
    fence bigint NOT NULL,
    step_number int NOT NULL,
    id uuid NOT NULL,
    step_id text NOT NULL,
    step_name text NOT NULL,
    parent_step_id uuid,
    parent_path text,
    iteration int,
    phase text NOT NULL,
    action text NOT NULL,
    status text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    duration_ms double precision,
    input jsonb,
    output jsonb,
    outputs jsonb,
    assertions jsonb,
    attempts jsonb,
    error_code text,
    error_message text,
    line int,
    "column" int,
    retry_count int NOT NULL DEFAULT 0,
    PRIMARY KEY (execution_id, run, path)
) PARTITION BY RANGE (execution_id);
CREATE TABLE executions.execution_steps_default PARTITION OF executions.execution_steps DEFAULT WITH (fillfactor = 85);
CREATE TABLE executions.logs (
    execution_id uuid NOT NULL,
    run int NOT NULL,
    seq int NOT NULL,
    project_id uuid,
    path text,
    level text NOT NULL,
    message text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (execution_id, run, seq)
) PARTITION BY RANGE (execution_id);
CREATE TABLE executions.logs_default PARTITION OF executions.logs DEFAULT;
CREATE TABLE executions.artifacts (
    id uuid PRIMARY KEY,
    project_id uuid,
    execution_id uuid NOT NULL,
    run int NOT NULL,
    step_id uuid,
    path text,
    type text NOT NULL,
    name text NOT NULL,
    storage_path text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX artifacts_by_execution ON executions.artifacts (execution_id);
"""

FIRST_ID = """
CREATE FUNCTION executions.first_id(moment timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (left(digits, 8) || '-' || right(digits, 4) || '-0000-0000-000000000000')::uuid
    FROM (SELECT lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') AS digits) AS id
$$
"""
MAKE_PARTITIONS = """
CREATE FUNCTION executions.make_partitions(months_ahead int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parent text;
    child text;
    key text;
    month timestamp;
    low uuid;
    high uuid;
    made int := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('executions.partitions', 0));
    FOR ahead IN 0..months_ahead LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead);
        low := executions.first_id(month AT TIME ZONE 'UTC');
        high := executions.first_id((month + interval '1 month') AT TIME ZONE 'UTC');
        FOREACH parent IN ARRAY ARRAY['executions', 'execution_steps', 'logs'] LOOP
            child := parent || '_' || to_char(month, 'YYYY_MM');
            CONTINUE WHEN to_regclass(format('executions.%I', child)) IS NOT NULL;
            key := CASE parent WHEN 'executions' THEN 'id' ELSE 'execution_id' END;
            EXECUTE format('LOCK TABLE executions.%I IN ACCESS EXCLUSIVE MODE', parent);
            EXECUTE format(
                'CREATE TABLE executions.%I (LIKE executions.%I INCLUDING ALL) WITH (fillfactor = %s)',
                child, parent, CASE parent WHEN 'executions' THEN 60 WHEN 'execution_steps' THEN 85 ELSE 100 END);
            EXECUTE format(
                'WITH moved AS (DELETE FROM executions.%I WHERE %I >= %L AND %I < %L RETURNING *)'
                ' INSERT INTO executions.%I SELECT * FROM moved',
                parent || '_default', key, low, key, high, child);
            EXECUTE format(
                'ALTER TABLE executions.%I ATTACH PARTITION executions.%I FOR VALUES FROM (%L) TO (%L)',
                parent, child, low, high);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$
"""
DROP_PARTITIONS = """
CREATE FUNCTION executions.drop_partitions(before timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parent text;
    child text;
    month timestamp := date_trunc('month', before AT TIME ZONE 'UTC');
    bound uuid := executions.first_id(date_trunc('month', before AT TIME ZONE 'UTC') AT TIME ZONE 'UTC');
    dropped int := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('executions.partitions', 0));
    FOREACH parent IN ARRAY ARRAY['executions', 'execution_steps', 'logs'] LOOP
        FOR child IN
            SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = format('executions.%I', parent)::regclass
              AND c.relname ~ ('^' || parent || '_[0-9]{4}_[0-9]{2}$')
              AND to_date(right(c.relname, 7), 'YYYY_MM') < month
        LOOP
            EXECUTE format('DROP TABLE executions.%I', child);
            dropped := dropped + 1;
        END LOOP;
    END LOOP;
    DELETE FROM executions.executions_default WHERE id < bound;
    DELETE FROM executions.execution_steps_default WHERE execution_id < bound;
    DELETE FROM executions.logs_default WHERE execution_id < bound;
    DELETE FROM executions.runs WHERE execution_id < bound;
    DELETE FROM executions.events_ahead WHERE execution_id < bound;
    DELETE FROM executions.artifacts WHERE execution_id < bound;
    RETURN dropped;
END
$$
"""
FUNCTIONS = (
    FIRST_ID,
    MAKE_PARTITIONS,
    DROP_PARTITIONS,
    "SELECT executions.make_partitions(3)",
)


def upgrade() -> None:
    connection = op.get_bind()
    tables = (FLOWS, EXECUTIONS, *(ddl.format(schema="executions") for ddl in (OUTBOX, INBOX, FOLDS)))
    for statement in (part for ddl in tables for part in ddl.split(";") if part.strip()):
        connection.exec_driver_sql(statement)
    for function in FUNCTIONS:
        connection.exec_driver_sql(function)
