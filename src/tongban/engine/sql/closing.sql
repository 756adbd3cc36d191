-- Whether a case is finished at all is asked first and by itself: an expression with a subquery in it is planned and run like
-- a statement of its own, at every step of every case. Run by migration 0011.
CREATE OR REPLACE FUNCTION engine_closed_is_idle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.phase <> 'closed' THEN
        RETURN NULL;
    END IF;
    IF NEW.concluded_at IS NULL OR EXISTS (
        SELECT 1 FROM engine_task WHERE case_id = NEW.id AND status NOT IN ('done', 'cancelled')) THEN
        RAISE EXCEPTION 'case % is finished and has an open task, or does not say when it ended', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
