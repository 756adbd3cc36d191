-- A card says for ever what it said when it was given; only its status moves, and it is never removed.
CREATE FUNCTION supervision_card_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'card % cannot be removed, only revoked', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (to_jsonb(NEW) - 'status') IS DISTINCT FROM (to_jsonb(OLD) - 'status') THEN
        RAISE EXCEPTION 'card % cannot be changed, only its status', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER supervision_card_frozen BEFORE UPDATE OR DELETE ON supervision_card
    FOR EACH ROW EXECUTE FUNCTION supervision_card_frozen();

CREATE FUNCTION supervision_step_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was done about card % cannot be changed', OLD.card_id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER supervision_step_frozen BEFORE UPDATE OR DELETE ON supervision_cardstep
    FOR EACH ROW EXECUTE FUNCTION supervision_step_frozen();

-- A rule version that has begun stands; it may only be given an end that has not come yet.
CREATE FUNCTION supervision_rule_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF lower(OLD.valid) <= today THEN
            RAISE EXCEPTION 'rule version % has begun and cannot be removed', OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF (to_jsonb(NEW) - 'valid') IS DISTINCT FROM (to_jsonb(OLD) - 'valid')
        OR lower(NEW.valid) IS DISTINCT FROM lower(OLD.valid)
        OR (upper(OLD.valid) IS NOT NULL AND upper(OLD.valid) <= today)
        OR (upper(NEW.valid) IS NOT NULL AND upper(NEW.valid) <= today) THEN
        RAISE EXCEPTION 'rule version % cannot be changed, only ended in the future', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER supervision_rule_frozen BEFORE UPDATE OR DELETE ON supervision_ruleversion
    FOR EACH ROW EXECUTE FUNCTION supervision_rule_frozen();
