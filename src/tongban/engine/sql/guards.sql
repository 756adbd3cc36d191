-- What must never be, whatever program writes. Run by migration 0002; tests/db/engine/test_guards.py tries each.

CREATE SEQUENCE engine_case_number AS bigint;

CREATE TABLE engine_event (
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    case_id bigint NOT NULL,
    seq int NOT NULL,
    type text NOT NULL,
    v smallint NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id bigint NULL,
    actor_org_id bigint NULL,
    on_behalf_of bigint NULL,
    channel text NOT NULL,
    command_id uuid NOT NULL,
    payload jsonb NOT NULL,
    prev_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (case_id, seq)
);

CREATE TABLE engine_event_personal (
    case_id bigint NOT NULL,
    seq int NOT NULL,
    path text NOT NULL,
    salt bytea NOT NULL,
    value jsonb NULL,
    erased_at timestamptz NULL,
    erased_reason text NULL,
    PRIMARY KEY (case_id, seq, path),
    CHECK ((erased_at IS NULL) = (erased_reason IS NULL)),
    CHECK (erased_at IS NULL OR value IS NULL)
);

-- Append-only: an event is never changed nor taken away.
CREATE FUNCTION engine_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER engine_event_no_change BEFORE UPDATE OR DELETE ON engine_event
    FOR EACH ROW EXECUTE FUNCTION engine_append_only();
CREATE TRIGGER engine_event_no_truncate BEFORE TRUNCATE ON engine_event
    FOR EACH STATEMENT EXECUTE FUNCTION engine_append_only();

-- Numbered 1..n without a gap, each carrying the hash of the one before and somebody's name. One check for each
-- statement, so that COPY stays quick; no CHECK constraints, which every statement would read and compile anew.
CREATE FUNCTION engine_event_continues() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
    -- A scalar subquery, because EXISTS may be answered by reading the whole table into a hash.
    SELECT n.case_id, n.seq INTO bad FROM fresh n
     WHERE n.prev_hash IS DISTINCT FROM CASE WHEN n.seq = 1 THEN decode(repeat('00', 32), 'hex') ELSE (
               SELECT p.hash FROM engine_event p WHERE p.case_id = n.case_id AND p.seq = n.seq - 1) END
        OR octet_length(n.hash) <> 32
        OR CASE n.actor_kind WHEN 'system' THEN false WHEN 'staff' THEN n.actor_id IS NULL
                             WHEN 'resident' THEN n.actor_id IS NULL ELSE true END
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'event % of case % does not continue its chain, or has no actor', bad.seq, bad.case_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER engine_event_continues AFTER INSERT ON engine_event
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION engine_event_continues();

-- A personal value may be erased with a reason, its salt with it (who has the salt can try all telephone numbers against
-- the digest), and nothing else may happen to it.
CREATE FUNCTION engine_personal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.value IS NULL AND NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL
       AND (NEW.case_id, NEW.seq, NEW.path, octet_length(NEW.salt)) = (OLD.case_id, OLD.seq, OLD.path, 0) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a personal value can only be erased' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER engine_personal_guard BEFORE UPDATE OR DELETE ON engine_event_personal
    FOR EACH ROW EXECUTE FUNCTION engine_personal_guard();
CREATE TRIGGER engine_personal_no_truncate BEFORE TRUNCATE ON engine_event_personal
    FOR EACH STATEMENT EXECUTE FUNCTION engine_append_only();

-- A case keeps the versions, the number and the parent it began with, and is never deleted. Named columns, so that a step,
-- which sets none of them, does not pay for the look.
CREATE FUNCTION engine_case_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.id, OLD.uid, OLD.number, OLD.kind, OLD.matter_id, OLD.offering_id, OLD.offering_version_id, OLD.flow_id,
        OLD.parent_id, OLD.opened_at)
       IS DISTINCT FROM
       (NEW.id, NEW.uid, NEW.number, NEW.kind, NEW.matter_id, NEW.offering_id, NEW.offering_version_id, NEW.flow_id,
        NEW.parent_id, NEW.opened_at) THEN
        RAISE EXCEPTION 'case % keeps its number, versions and parent', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER engine_case_keeps BEFORE UPDATE OF id, uid, number, kind, matter_id, offering_id, offering_version_id,
    flow_id, parent_id, opened_at ON engine_case FOR EACH ROW EXECUTE FUNCTION engine_case_keeps();
CREATE TRIGGER engine_case_no_delete BEFORE DELETE ON engine_case
    FOR EACH ROW EXECUTE FUNCTION engine_append_only();

-- A sub-case has no sub-cases: two levels, no more.
CREATE FUNCTION engine_case_depth() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM engine_case p WHERE p.id = NEW.parent_id AND p.parent_id IS NOT NULL) THEN
        RAISE EXCEPTION 'a sub-case cannot have sub-cases' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER engine_case_depth BEFORE INSERT ON engine_case FOR EACH ROW
    WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION engine_case_depth();

-- A finished case says when, and has no open task; an open task has an open case. Looked at when the transaction ends.
CREATE FUNCTION engine_closed_is_idle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.concluded_at IS NULL OR EXISTS (
        SELECT 1 FROM engine_task WHERE case_id = NEW.id AND status NOT IN ('done', 'cancelled')) THEN
        RAISE EXCEPTION 'case % is finished and has an open task, or does not say when it ended', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER engine_case_closed_is_idle AFTER INSERT OR UPDATE ON engine_case
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.phase = 'closed') EXECUTE FUNCTION engine_closed_is_idle();

CREATE FUNCTION engine_open_has_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce((SELECT c.phase FROM engine_case c WHERE c.id = NEW.case_id), 'closed') = 'closed' THEN
        RAISE EXCEPTION 'an open task of case %, which is finished or is not there', NEW.case_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER engine_task_open_has_case AFTER INSERT OR UPDATE ON engine_task
    FOR EACH ROW WHEN (NEW.status = 'open') EXECUTE FUNCTION engine_open_has_case();

-- A flow is frozen once it is not a draft: only its status may move on.
CREATE FUNCTION engine_flow_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.status = 'published' AND NEW.status = 'retired'
       AND (NEW.id, NEW.key, NEW.no, NEW.name, NEW.document, NEW.sha256, NEW.published_at)
         = (OLD.id, OLD.key, OLD.no, OLD.name, OLD.document, OLD.sha256, OLD.published_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'flow % no % is published and cannot change', OLD.key, OLD.no
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER engine_flow_frozen BEFORE UPDATE OR DELETE ON engine_flowversion FOR EACH ROW
    WHEN (OLD.status <> 'draft') EXECUTE FUNCTION engine_flow_frozen();
