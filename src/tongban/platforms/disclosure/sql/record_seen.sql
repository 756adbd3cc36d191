-- What the public sees of a record has changed, said anew: `unseen` are the columns of `models.UNSEEN`, a test compares them.
CREATE OR REPLACE FUNCTION disclosure_record_seen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unseen constant text[] := ARRAY['words', 'digest', 'updated_at', 'changed_at', 'created_at', 'case_id', 'created_by_id',
        'reviewed_by_id', 'review_on', 'release_at', 'stated_validity', 'file_text', 'file_notes', 'file_cleared', 'size',
        'lines', 'garbled'];
BEGIN
    IF NEW.released_at IS NULL THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' OR OLD.released_at IS NULL OR to_jsonb(NEW) - unseen IS DISTINCT FROM to_jsonb(OLD) - unseen THEN
        NEW.changed_at := clock_timestamp();
    ELSE
        NEW.changed_at := greatest(NEW.changed_at, OLD.changed_at);
    END IF;
    IF TG_OP = 'INSERT' OR NEW.changed_at IS DISTINCT FROM OLD.changed_at THEN
        PERFORM disclosure_catalogue_touched();
    END IF;
    RETURN NEW;
END $$;

-- How long a text is, and whether it can be read: counted once, when it is written, so that figures need not read it.
CREATE FUNCTION disclosure_record_measured() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.size := length(NEW.body);
    NEW.lines := length(NEW.body) - length(replace(NEW.body, E'\n', '')) + 1;
    NEW.garbled := strpos(NEW.body, U&'\FFFD') > 0;
    RETURN NEW;
END $$;

CREATE TRIGGER disclosure_record_measured BEFORE INSERT OR UPDATE OF body ON disclosure_record
    FOR EACH ROW EXECUTE FUNCTION disclosure_record_measured();
