-- A published calendar version never changes: deadlines were computed with it.
CREATE FUNCTION base_calendar_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'calendar % version % is published and cannot be changed', OLD.code, OLD.no
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER base_calendar_frozen BEFORE UPDATE OR DELETE ON base_calendarversion
    FOR EACH ROW EXECUTE FUNCTION base_calendar_frozen();

-- The bytes behind a digest never change; only what the scanner said of them may.
CREATE FUNCTION base_file_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.sha256, NEW.size, NEW.media_type, NEW.created_at)
        IS DISTINCT FROM (OLD.sha256, OLD.size, OLD.media_type, OLD.created_at) THEN
        RAISE EXCEPTION 'file % cannot be changed, only its scan status', OLD.sha256
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER base_file_frozen BEFORE UPDATE ON base_storedfile
    FOR EACH ROW EXECUTE FUNCTION base_file_frozen();
