-- What was published keeps its index number and stays in the catalogue; withdrawing is not deleting.
CREATE FUNCTION disclosure_record_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.index_number IS NOT NULL THEN
            RAISE EXCEPTION 'record % was published and cannot be removed, only withdrawn', OLD.index_number
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.index_number IS NOT NULL AND NEW.index_number IS DISTINCT FROM OLD.index_number THEN
        RAISE EXCEPTION 'index number % never changes', OLD.index_number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disclosure_record_stays BEFORE UPDATE OF index_number OR DELETE ON disclosure_record
    FOR EACH ROW EXECUTE FUNCTION disclosure_record_stays();

-- Deeds are only added; serials only go on.
CREATE FUNCTION disclosure_deed_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'deed % cannot be changed or removed', OLD.id USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER disclosure_deed_stays BEFORE UPDATE OR DELETE ON disclosure_deed
    FOR EACH ROW EXECUTE FUNCTION disclosure_deed_stays();

CREATE FUNCTION disclosure_serial_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.last < OLD.last THEN
        RAISE EXCEPTION 'serials of % only go on', OLD.publisher_code USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER disclosure_serial_goes_on BEFORE UPDATE OR DELETE ON disclosure_serial
    FOR EACH ROW EXECUTE FUNCTION disclosure_serial_goes_on();

-- How many public records there are of each class, and of each class within another: once a statement, in one order.
CREATE FUNCTION disclosure_record_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone text := CASE WHEN TG_OP = 'INSERT' THEN '' ELSE 'SELECT r.*, -1 AS step FROM was r' END;
    come text := CASE WHEN TG_OP = 'DELETE' THEN '' ELSE 'SELECT r.*, 1 AS step FROM now_is r' END;
BEGIN
    EXECUTE format($query$
        INSERT INTO disclosure_tally AS t (facet, value, inside, inside_value, n)
        SELECT a.facet, a.value, b.facet, b.value, sum(x.step)
        FROM (%s %s %s) x
        CROSS JOIN LATERAL (VALUES ('theme', x.theme), ('genre', x.genre), ('org', x.publisher_id::text),
            ('year', extract(year FROM x.published_on)::text), ('validity', x.validity)) a (facet, value)
        CROSS JOIN LATERAL (VALUES ('', ''), ('theme', x.theme), ('genre', x.genre), ('org', x.publisher_id::text),
            ('year', extract(year FROM x.published_on)::text), ('validity', x.validity)) b (facet, value)
        WHERE x.state = 'released' AND x.attribute = 'proactive' AND a.facet <> b.facet
        GROUP BY 1, 2, 3, 4 HAVING sum(x.step) <> 0 ORDER BY 1, 2, 3, 4
        ON CONFLICT (facet, value, inside, inside_value) DO UPDATE SET n = t.n + excluded.n
    $query$, gone, CASE WHEN TG_OP = 'UPDATE' THEN 'UNION ALL' ELSE '' END, come);
    RETURN NULL;
END $$;

CREATE TRIGGER disclosure_record_come AFTER INSERT ON disclosure_record
    REFERENCING NEW TABLE AS now_is FOR EACH STATEMENT EXECUTE FUNCTION disclosure_record_counted();
CREATE TRIGGER disclosure_record_changed AFTER UPDATE ON disclosure_record
    REFERENCING OLD TABLE AS was NEW TABLE AS now_is FOR EACH STATEMENT EXECUTE FUNCTION disclosure_record_counted();
CREATE TRIGGER disclosure_record_gone AFTER DELETE ON disclosure_record
    REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION disclosure_record_counted();
