-- A report that was published stands as it was; it may only be replaced by a newer edition.
CREATE FUNCTION inquiry_report_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - 'status') IS DISTINCT FROM (to_jsonb(OLD) - 'status')
        OR NOT (NEW.status = OLD.status OR (OLD.status = 'published' AND NEW.status = 'replaced')) THEN
        RAISE EXCEPTION 'report % was published and cannot be changed, only replaced', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER inquiry_report_stands BEFORE UPDATE OR DELETE ON inquiry_report
    FOR EACH ROW EXECUTE FUNCTION inquiry_report_stands();

-- What was answered stays answered as it was, and what was asked stays asked.
CREATE FUNCTION inquiry_answer_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'request % cannot be removed', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.outcome <> '' AND (NEW.outcome, NEW.answer, NEW.grounds, NEW.article, NEW.received_on, NEW.subject, NEW.applicant_type)
        IS DISTINCT FROM (OLD.outcome, OLD.answer, OLD.grounds, OLD.article, OLD.received_on, OLD.subject, OLD.applicant_type) THEN
        RAISE EXCEPTION 'request % was answered and stands as it is', OLD.number
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER inquiry_answer_stands BEFORE UPDATE OR DELETE ON inquiry_inquiry
    FOR EACH ROW EXECUTE FUNCTION inquiry_answer_stands();
