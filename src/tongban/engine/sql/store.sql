-- How the tables lie on disk and are found. Run by migration 0003.

-- Inboxes: what is open on a post or with a person, soonest due first, undated last. They hold open work only, so a
-- city's archive does not slow a clerk's morning.
CREATE INDEX task_inbox_post ON engine_task (post_id, (coalesce(due_at, 'infinity')), case_id, no)
    WHERE status = 'open';
CREATE INDEX task_inbox_person ON engine_task (assignee_id, (coalesce(due_at, 'infinity')), case_id, no)
    WHERE status = 'open' AND assignee_id IS NOT NULL;

-- Rewritten at every step: leave room on the page, so that the new version of a row stays beside the old one.
ALTER TABLE engine_case SET (fillfactor = 70);
ALTER TABLE engine_task SET (fillfactor = 80);
ALTER TABLE engine_watch SET (fillfactor = 70);

-- The state is rewritten whole at every step: compress it the quick way where the server was built with it.
DO $$
BEGIN
    ALTER TABLE engine_case ALTER COLUMN state SET COMPRESSION lz4;
    ALTER TABLE engine_event ALTER COLUMN payload SET COMPRESSION lz4;
    ALTER TABLE engine_case_data ALTER COLUMN data SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'this server compresses with pglz only';
END $$;
