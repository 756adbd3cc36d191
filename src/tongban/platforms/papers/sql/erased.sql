-- What was erased stays said; of it only moves when the bytes went, once.
CREATE FUNCTION papers_erased_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.removed_at IS NULL
        AND (to_jsonb(NEW) - 'removed_at') = (to_jsonb(OLD) - 'removed_at') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what was erased by law stays said' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER papers_erased_stays BEFORE UPDATE OR DELETE ON papers_erasedfile
    FOR EACH ROW EXECUTE FUNCTION papers_erased_stays();
