-- What a unit's documents said of it, and what was decided of filed cases, stands as it was written.
CREATE TRIGGER papers_frozen BEFORE UPDATE OR DELETE ON papers_agencytext FOR EACH ROW EXECUTE FUNCTION papers_frozen();
CREATE TRIGGER papers_frozen BEFORE UPDATE OR DELETE ON papers_disposal FOR EACH ROW EXECUTE FUNCTION papers_frozen();
