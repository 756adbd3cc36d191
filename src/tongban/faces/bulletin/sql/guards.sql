-- A released bulletin is what everybody has read: it stays, word for word and figure for figure.
CREATE FUNCTION bulletin_released_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'released' THEN
        RAISE EXCEPTION 'the bulletin of % is released and cannot be changed', OLD.month
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER bulletin_released_frozen BEFORE UPDATE OR DELETE ON bulletin_bulletin
    FOR EACH ROW EXECUTE FUNCTION bulletin_released_frozen();
