-- What an order asks for never changes, and none is removed.
CREATE FUNCTION fees_order_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'order % cannot be removed, only voided', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.number, NEW.token, NEW.case_id, NEW.seq, NEW.organisation_id, NEW.name, NEW.amount, NEW.payee, NEW.due_on)
        IS DISTINCT FROM (OLD.number, OLD.token, OLD.case_id, OLD.seq, OLD.organisation_id, OLD.name, OLD.amount, OLD.payee, OLD.due_on) THEN
        RAISE EXCEPTION 'order % cannot be changed', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (('pending', 'paid'), ('pending', 'void'), ('paid', 'refunded')) THEN
        RAISE EXCEPTION 'order % cannot go from % to %', OLD.number, OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER fees_order_frozen BEFORE UPDATE OR DELETE ON fees_order FOR EACH ROW EXECUTE FUNCTION fees_order_frozen();

-- Numbers only go on.
CREATE FUNCTION fees_series_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.last <> OLD.last + 1 THEN
        RAISE EXCEPTION 'series % goes on by one and in no other way', OLD.year USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER fees_series_goes_on BEFORE UPDATE OR DELETE ON fees_series FOR EACH ROW EXECUTE FUNCTION fees_series_goes_on();
