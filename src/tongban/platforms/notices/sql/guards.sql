-- The words of notices only grow: what was sent with them can be read again.
CREATE FUNCTION notices_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER notices_template_append_only BEFORE UPDATE OR DELETE ON notices_templateversion
    FOR EACH ROW EXECUTE FUNCTION notices_append_only();
