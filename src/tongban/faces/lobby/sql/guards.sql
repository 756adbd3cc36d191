-- What happened to a number stays as it happened.
CREATE FUNCTION lobby_turn_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % cannot be changed', TG_TABLE_NAME, OLD.id USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER lobby_turn_frozen BEFORE UPDATE ON lobby_turn FOR EACH ROW EXECUTE FUNCTION lobby_turn_frozen();

-- A day's numbers only go on.
CREATE FUNCTION lobby_numbers_go_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.last <> OLD.last + 1 THEN
        RAISE EXCEPTION 'numbers of queue % go on by one and in no other way', OLD.queue_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER lobby_numbers_go_on BEFORE UPDATE ON lobby_queueday FOR EACH ROW EXECUTE FUNCTION lobby_numbers_go_on();
