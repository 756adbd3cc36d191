-- What the public sees of a record has changed: its datestamp (for harvesters) and the token of the catalogue (for pages
-- that are kept) change in the same transaction. Before each row, so that the token is locked before any count of classes:
-- writers come one after another and never wait for each other in a circle.
CREATE FUNCTION disclosure_catalogue_touched() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('tongban.touched_catalogue', true), '') = '' THEN
        INSERT INTO registry_generation (topic, token) VALUES ('catalogue', gen_random_uuid())
            ON CONFLICT (topic) DO UPDATE SET token = excluded.token;
    END IF;
    PERFORM set_config('tongban.touched_catalogue', gen_random_uuid()::text, true);
END $$;

CREATE FUNCTION disclosure_record_seen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unseen constant text[] := ARRAY['words', 'digest', 'updated_at', 'changed_at', 'created_at', 'case_id', 'created_by_id',
        'reviewed_by_id', 'review_on', 'release_at'];
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

CREATE TRIGGER disclosure_record_seen BEFORE INSERT OR UPDATE ON disclosure_record
    FOR EACH ROW EXECUTE FUNCTION disclosure_record_seen();

-- A link is told of by both its ends, an annex by its record.
CREATE FUNCTION disclosure_link_seen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    link disclosure_link := coalesce(NEW, OLD);
BEGIN
    UPDATE disclosure_record SET changed_at = clock_timestamp()
        WHERE id IN (link.source_id, link.target_id) AND released_at IS NOT NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER disclosure_link_seen AFTER INSERT OR UPDATE OR DELETE ON disclosure_link
    FOR EACH ROW EXECUTE FUNCTION disclosure_link_seen();

-- What was published keeps its annexes as they were.
CREATE FUNCTION disclosure_annex_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    annex disclosure_annex := coalesce(NEW, OLD);
BEGIN
    IF EXISTS (SELECT FROM disclosure_record WHERE id = annex.record_id AND index_number IS NOT NULL) THEN
        RAISE EXCEPTION 'annexes of a published record stay as they were published'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN annex;
END $$;

CREATE TRIGGER disclosure_annex_stays BEFORE INSERT OR UPDATE OR DELETE ON disclosure_annex
    FOR EACH ROW EXECUTE FUNCTION disclosure_annex_stays();

-- Enough words are counted to tell common ones from rare ones.
ALTER TABLE disclosure_record ALTER COLUMN words SET STATISTICS 500;
