-- A document, and a filed case, are what they were when they were made.
CREATE FUNCTION papers_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % cannot be changed or removed', TG_TABLE_NAME, OLD.id USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER papers_frozen BEFORE UPDATE OR DELETE ON papers_paper FOR EACH ROW EXECUTE FUNCTION papers_frozen();
CREATE TRIGGER papers_frozen BEFORE UPDATE OR DELETE ON papers_archivepackage FOR EACH ROW EXECUTE FUNCTION papers_frozen();

-- A form or a rule stands as it was made; it may be given an end.
CREATE FUNCTION papers_version_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION '% % cannot be removed, only ended', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (to_jsonb(NEW) - 'valid') IS DISTINCT FROM (to_jsonb(OLD) - 'valid')
        OR lower(NEW.valid) IS DISTINCT FROM lower(OLD.valid) THEN
        RAISE EXCEPTION '% % cannot be changed, only ended', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER papers_version_frozen BEFORE UPDATE OR DELETE ON papers_paperform
    FOR EACH ROW EXECUTE FUNCTION papers_version_frozen();
CREATE TRIGGER papers_version_frozen BEFORE UPDATE OR DELETE ON papers_retentionrule
    FOR EACH ROW EXECUTE FUNCTION papers_version_frozen();

-- Numbers only go on.
CREATE FUNCTION papers_series_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.last <> OLD.last + 1 THEN
        RAISE EXCEPTION 'series % goes on by one and in no other way', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER papers_series_goes_on BEFORE UPDATE OR DELETE ON papers_series
    FOR EACH ROW EXECUTE FUNCTION papers_series_goes_on();
