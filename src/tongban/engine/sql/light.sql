-- What a step need not pay for. Run by a migration.

-- The state is written whole at every step and read whole: as text it is neither taken apart nor put together. The case row
-- beside it stays narrow, and with room on its page a step need not touch an index.
INSERT INTO engine_case_state (case_id, state) SELECT id, state::text::json FROM engine_case;
ALTER TABLE engine_case DROP COLUMN state;
ALTER TABLE engine_case SET (fillfactor = 50);
ALTER TABLE engine_case_state SET (fillfactor = 50);
DO $$
BEGIN
    ALTER TABLE engine_case_state ALTER COLUMN state SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'this server compresses with pglz only';
END $$;

-- The engine's own statements write events only onto the very case row that is locked and whose last hash they continue
-- (store.py), and tasks only of that case; they say so for the length of their transaction. Whatever else writes these
-- tables is looked at row by row as before, and `tongban ledger verify` looks at everything. No WHEN clauses: PostgreSQL
-- reads and compiles them anew at every statement, which costs more than a function that returns at once.
DROP TRIGGER engine_event_continues ON engine_event;
CREATE OR REPLACE FUNCTION engine_event_continues() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('tongban.store', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF NEW.prev_hash IS DISTINCT FROM (CASE WHEN NEW.seq = 1 THEN decode(repeat('00', 32), 'hex') ELSE (
               SELECT p.hash FROM engine_event p WHERE p.case_id = NEW.case_id AND p.seq = NEW.seq - 1) END)
        OR octet_length(NEW.hash) <> 32
        OR (CASE NEW.actor_kind WHEN 'system' THEN false WHEN 'staff' THEN NEW.actor_id IS NULL
                                WHEN 'resident' THEN NEW.actor_id IS NULL ELSE true END) THEN
        RAISE EXCEPTION 'event % of case % does not continue its chain, or has no actor', NEW.seq, NEW.case_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER engine_event_continues AFTER INSERT ON engine_event
    FOR EACH ROW EXECUTE FUNCTION engine_event_continues();

DROP TRIGGER engine_task_open_has_case ON engine_task;
CREATE OR REPLACE FUNCTION engine_open_has_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('tongban.store', true) = 'on' OR NEW.status <> 'open' THEN
        RETURN NULL;
    END IF;
    IF coalesce((SELECT c.phase FROM engine_case c WHERE c.id = NEW.case_id), 'closed') = 'closed' THEN
        RAISE EXCEPTION 'an open task of case %, which is finished or is not there', NEW.case_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER engine_task_open_has_case AFTER INSERT OR UPDATE ON engine_task
    FOR EACH ROW EXECUTE FUNCTION engine_open_has_case();

DROP TRIGGER engine_case_closed_is_idle ON engine_case;
CREATE OR REPLACE FUNCTION engine_closed_is_idle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.phase = 'closed' AND (NEW.concluded_at IS NULL OR EXISTS (
        SELECT 1 FROM engine_task WHERE case_id = NEW.id AND status NOT IN ('done', 'cancelled'))) THEN
        RAISE EXCEPTION 'case % is finished and has an open task, or does not say when it ended', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER engine_case_closed_is_idle AFTER INSERT OR UPDATE ON engine_case
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION engine_closed_is_idle();
