-- The ledger's tree only grows. Run by migration 0003; tests/db/ledger/test_guards.py tries each.

CREATE TRIGGER ledger_leaf_no_change BEFORE UPDATE OR DELETE ON engine_ledger_leaf
    FOR EACH ROW EXECUTE FUNCTION engine_append_only();
CREATE TRIGGER ledger_leaf_no_truncate BEFORE TRUNCATE ON engine_ledger_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION engine_append_only();
CREATE TRIGGER ledger_node_no_change BEFORE UPDATE OR DELETE ON engine_ledger_node
    FOR EACH ROW EXECUTE FUNCTION engine_append_only();
CREATE TRIGGER ledger_node_no_truncate BEFORE TRUNCATE ON engine_ledger_node
    FOR EACH STATEMENT EXECUTE FUNCTION engine_append_only();
CREATE TRIGGER ledger_checkpoint_no_change BEFORE UPDATE OR DELETE ON engine_ledger_checkpoint
    FOR EACH ROW EXECUTE FUNCTION engine_append_only();
CREATE TRIGGER ledger_checkpoint_no_truncate BEFORE TRUNCATE ON engine_ledger_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION engine_append_only();
CREATE TRIGGER ledger_origin_no_change BEFORE UPDATE OR DELETE ON engine_ledger_origin
    FOR EACH ROW EXECUTE FUNCTION engine_append_only();

-- A key may be retired once; nothing else about it changes.
CREATE FUNCTION ledger_key_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.retired IS NULL AND NEW.retired IS NOT NULL
       AND (NEW.key_id, NEW.public, NEW.created) = (OLD.key_id, OLD.public, OLD.created) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a ledger key can only be retired' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER ledger_key_guard BEFORE UPDATE OR DELETE ON engine_ledger_key
    FOR EACH ROW EXECUTE FUNCTION ledger_key_guard();
