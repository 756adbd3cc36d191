-- Data that hold from a day on: a version that has begun stands; it may only be given an end that has not come yet.
-- The table has its period in a column `valid`; a row without one is a draft.
CREATE FUNCTION registry_dated_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF lower(OLD.valid) <= today THEN
            RAISE EXCEPTION '% % has begun and cannot be removed', TG_TABLE_NAME, OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF (to_jsonb(NEW) - 'valid') IS DISTINCT FROM (to_jsonb(OLD) - 'valid')
        OR lower(NEW.valid) IS DISTINCT FROM lower(OLD.valid)
        OR (upper(OLD.valid) IS NOT NULL AND upper(OLD.valid) <= today)
        OR (upper(NEW.valid) IS NOT NULL AND upper(NEW.valid) <= today) THEN
        RAISE EXCEPTION '% % cannot be changed, only ended in the future', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
