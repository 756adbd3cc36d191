-- What a draw announced stands; it is drawn once. Nothing of it is ever removed.
CREATE FUNCTION supervision_draw_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['drawn_at', 'beacon', 'beacon_size', 'result'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'draw % cannot be removed', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.register_seq IS NULL THEN
        moving := moving || ARRAY['register_case_id', 'register_seq'];
    END IF;
    IF OLD.drawn_at IS NOT NULL OR (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'draw % cannot be changed', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER supervision_draw_frozen BEFORE UPDATE OR DELETE ON supervision_draw
    FOR EACH ROW EXECUTE FUNCTION supervision_draw_frozen();

-- What was found in a case drawn is said once; an order may follow from it.
CREATE FUNCTION supervision_check_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['order_id'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'check % cannot be removed', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.verdict = '' THEN
        moving := moving || ARRAY['verdict', 'opinion', 'checked_by_id', 'checked_at'];
    END IF;
    IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'check % cannot be changed', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER supervision_check_frozen BEFORE UPDATE OR DELETE ON supervision_check
    FOR EACH ROW EXECUTE FUNCTION supervision_check_frozen();
