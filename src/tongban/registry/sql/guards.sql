-- What must never happen in the registry, held by the database itself.

-- 1. The change log and errata only grow.
CREATE FUNCTION registry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER registry_change_append_only BEFORE UPDATE OR DELETE ON registry_registrychange
    FOR EACH ROW EXECUTE FUNCTION registry_append_only();
CREATE TRIGGER registry_erratum_append_only BEFORE UPDATE OR DELETE ON registry_erratum
    FOR EACH ROW EXECUTE FUNCTION registry_append_only();

-- 2. A version is made as a draft, frozen from review on; only its status and the end of its period move afterwards.
CREATE FUNCTION registry_freeze_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' THEN
            RAISE EXCEPTION 'a version begins as a draft, not as %', NEW.status USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'draft' THEN
            RAISE EXCEPTION 'version % is %: only drafts can be deleted', OLD.id, OLD.status
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('draft', 'review'), ('review', 'draft'), ('review', 'published'), ('published', 'retired')
    ) THEN
        RAISE EXCEPTION 'version % cannot go from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status = 'draft' THEN
        RETURN NEW;
    END IF;
    IF OLD.status = 'review' THEN
        movable := ARRAY['status', 'valid', 'flow_sha256', 'submitted_at', 'reviewed_by_id', 'reviewed_at', 'review_opinion',
                         'published_by_id', 'published_at'];
    ELSE
        movable := ARRAY['status', 'valid'];
        IF OLD.status = 'published' AND NEW.status = 'retired' THEN
            movable := movable || 'retire_reason'::text;
        END IF;
        IF lower(NEW.valid) IS DISTINCT FROM lower(OLD.valid) THEN
            RAISE EXCEPTION 'version % is in force: its first day does not move', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF isempty(NEW.valid) THEN
            RAISE EXCEPTION 'version %: its period would be empty', OLD.id USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    IF (to_jsonb(OLD) - movable) IS DISTINCT FROM (to_jsonb(NEW) - movable) THEN
        RAISE EXCEPTION 'version % is %: it is frozen', OLD.id, OLD.status USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER registry_version_frozen BEFORE INSERT OR UPDATE OR DELETE ON registry_offeringversion
    FOR EACH ROW EXECUTE FUNCTION registry_freeze_version();

-- 3. The parts of a version are frozen with it.
CREATE FUNCTION registry_freeze_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stage text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT status INTO stage FROM registry_offeringversion WHERE id = OLD.version_id FOR SHARE;
        IF stage <> 'draft' THEN
            RAISE EXCEPTION '% of version % is frozen: the version is %', TG_TABLE_NAME, OLD.version_id, stage
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    SELECT status INTO stage FROM registry_offeringversion WHERE id = NEW.version_id FOR SHARE;
    IF stage <> 'draft' THEN
        RAISE EXCEPTION '% of version % is frozen: the version is %', TG_TABLE_NAME, NEW.version_id, stage
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

DO $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY['condition', 'material', 'step', 'timelimit', 'feeitem', 'resultitem', 'legalbasis', 'riskpoint'] LOOP
        EXECUTE format(
            'CREATE TRIGGER registry_part_frozen BEFORE INSERT OR UPDATE OR DELETE ON registry_%s '
            'FOR EACH ROW EXECUTE FUNCTION registry_freeze_part()', part);
    END LOOP;
END $$;

-- 4. A holding knows whether its post is one of the three administrators (三员), whatever the program says.
CREATE FUNCTION registry_holding_admin_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT CASE WHEN role IN ('system_admin', 'security_admin', 'audit_admin') THEN role ELSE '' END
        INTO NEW.admin_role FROM registry_post WHERE id = NEW.post_id;
    NEW.admin_role := coalesce(NEW.admin_role, '');
    RETURN NEW;
END $$;

CREATE TRIGGER registry_holding_admin_role BEFORE INSERT OR UPDATE ON registry_holding
    FOR EACH ROW EXECUTE FUNCTION registry_holding_admin_role();

CREATE FUNCTION registry_post_role_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registry_holding SET post_id = post_id WHERE post_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER registry_post_role_moved AFTER UPDATE OF role ON registry_post
    FOR EACH ROW WHEN (OLD.role IS DISTINCT FROM NEW.role) EXECUTE FUNCTION registry_post_role_moved();

-- 5. Every write that permissions or public guides are computed from changes a token, so that nobody computes
--    them from memory that is out of date. A random token, not a counter: a counter rolled back would come again.
--    Within a transaction the row is written once and a transaction-local setting takes over; both roll back together.
CREATE FUNCTION registry_touch_token() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    subject text;
BEGIN
    FOREACH subject IN ARRAY TG_ARGV LOOP
        IF coalesce(current_setting('tongban.touched_' || subject, true), '') = '' THEN
            INSERT INTO registry_generation (topic, token) VALUES (subject, gen_random_uuid())
                ON CONFLICT (topic) DO UPDATE SET token = excluded.token;
        END IF;
        PERFORM set_config('tongban.touched_' || subject, gen_random_uuid()::text, true);
    END LOOP;
    RETURN NULL;
END $$;

DO $$
DECLARE
    source text;
BEGIN
    FOREACH source IN ARRAY ARRAY['post', 'holding', 'grant'] LOOP
        EXECUTE format(
            'CREATE TRIGGER registry_touch AFTER INSERT OR UPDATE OR DELETE ON registry_%s '
            'FOR EACH STATEMENT EXECUTE FUNCTION registry_touch_token(''permissions'')', source);
    END LOOP;
    FOREACH source IN ARRAY ARRAY['organisation', 'organisationversion'] LOOP
        EXECUTE format(
            'CREATE TRIGGER registry_touch AFTER INSERT OR UPDATE OR DELETE ON registry_%s '
            'FOR EACH STATEMENT EXECUTE FUNCTION registry_touch_token(''guides'', ''permissions'', ''tree'')', source);
    END LOOP;
    FOREACH source IN ARRAY ARRAY['offeringversion', 'erratum', 'guideindex', 'matter', 'region'] LOOP
        EXECUTE format(
            'CREATE TRIGGER registry_touch AFTER INSERT OR UPDATE OR DELETE ON registry_%s '
            'FOR EACH STATEMENT EXECUTE FUNCTION registry_touch_token(''guides'')', source);
    END LOOP;
END $$;

-- 6. A search tries many terms on each row: keep the vectors in the row, uncompressed, while they fit in a page.
ALTER TABLE registry_guideindex SET (toast_tuple_target = 8160);
