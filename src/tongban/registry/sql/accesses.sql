-- The record of who took data out only grows.
CREATE TRIGGER registry_access_append_only BEFORE UPDATE OR DELETE ON registry_accessrecord
    FOR EACH ROW EXECUTE FUNCTION registry_append_only();
CREATE TRIGGER registry_access_no_truncate BEFORE TRUNCATE ON registry_accessrecord
    FOR EACH STATEMENT EXECUTE FUNCTION registry_append_only();
