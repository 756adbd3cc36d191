-- The two calls of the store: `engine_hold` reads and locks a case, `engine_record` writes what a command did to it.
-- Functions, because their plans are then kept by the session whatever pools connections in between.

-- A command already carried out answers with its request and outcome; else the case, locked. Looked up after the lock
-- is held, so that the second of two equal commands sees what the first has done. Waits three seconds for the lock.
CREATE FUNCTION engine_hold(
    p_case bigint, p_command uuid,
    OUT request_sha bytea, OUT outcome jsonb,
    OUT uid uuid, OUT number text, OUT kind text, OUT title text, OUT matter_id bigint, OUT offering_id bigint,
    OUT version_id bigint, OUT flow_id bigint, OUT org_id bigint, OUT applicant_id bigint, OUT parent_id bigint,
    OUT secrecy smallint, OUT channel text, OUT seq int, OUT last_hash bytea, OUT state jsonb, OUT form jsonb,
    OUT fire_at timestamptz, OUT rules text, OUT applicant_kind text, OUT permissions text, OUT calendar int
) LANGUAGE plpgsql SET lock_timeout = '3s' AS $$
DECLARE asks boolean;
BEGIN
    SELECT c.uid, c.number, c.kind, c.title, c.matter_id, c.offering_id, c.offering_version_id, c.flow_id, c.org_id,
           c.applicant_id, c.parent_id, c.secrecy, c.channel, c.seq, c.last_hash, c.state, c.asks_form, c.applicant_kind
      INTO uid, number, kind, title, matter_id, offering_id, version_id, flow_id, org_id,
           applicant_id, parent_id, secrecy, channel, seq, last_hash, state, asks, applicant_kind
      FROM engine_case c WHERE c.id = p_case FOR UPDATE;
    SELECT k.request_sha, k.outcome INTO request_sha, outcome FROM engine_command k WHERE k.id = p_command;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT w.fire_at, array_to_string(w.rules, ' ') INTO fire_at, rules FROM engine_watch w WHERE w.case_id = p_case;
    SELECT g.token::text || coalesce('+' || nullif(current_setting('tongban.touched_permissions', true), ''), '')
      INTO permissions FROM registry_generation g WHERE g.topic = 'permissions'; -- as registry.tree.generation spells it
    SELECT v.no INTO calendar FROM base_calendarversion v
     WHERE v.code = 'cn' AND v.published_at IS NOT NULL ORDER BY v.no DESC LIMIT 1;
    IF asks THEN
        SELECT d.data INTO form FROM engine_case_data d WHERE d.case_id = p_case ORDER BY d.no DESC LIMIT 1;
    END IF;
END $$;

-- Before a case is opened: the answer of an equal command, or the next number.
CREATE FUNCTION engine_next(
    p_command uuid, OUT request_sha bytea, OUT outcome jsonb, OUT next bigint, OUT permissions text, OUT calendar int
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT k.request_sha, k.outcome INTO request_sha, outcome FROM engine_command k WHERE k.id = p_command;
    IF NOT FOUND THEN
        next := nextval('engine_case_number');
        SELECT g.token::text || coalesce('+' || nullif(current_setting('tongban.touched_permissions', true), ''), '')
      INTO permissions FROM registry_generation g WHERE g.topic = 'permissions'; -- as registry.tree.generation spells it
        SELECT v.no INTO calendar FROM base_calendarversion v
         WHERE v.code = 'cn' AND v.published_at IS NOT NULL ORDER BY v.no DESC LIMIT 1;
    END IF;
END $$;

-- Everything one command did to one case. `p_open` is the fixed part of the row when the case begins with it.
CREATE FUNCTION engine_record(
    p_case bigint, p_from int, p_seq int, p_hash bytea, p_state jsonb, p_phase text, p_stage text, p_result text,
    p_accepted timestamptz, p_decided timestamptz, p_concluded timestamptz, p_due timestamptz,
    p_statutory timestamptz, p_paused boolean, p_level smallint,
    p_now timestamptz, p_channel text, p_command uuid, p_type text, p_account bigint, p_sha bytea, p_outcome jsonb,
    p_events jsonb, p_personal jsonb, p_tasks jsonb, p_outbox jsonb, p_rewatch boolean, p_fire timestamptz,
    p_rules text, p_form jsonb, p_form_sha bytea, p_files jsonb, p_open jsonb
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_open IS NULL THEN
        UPDATE engine_case SET
               seq = p_seq, last_hash = p_hash, state = p_state, phase = p_phase, stage = p_stage, result = p_result,
               accepted_at = p_accepted, decided_at = p_decided, concluded_at = p_concluded, due_at = p_due,
               statutory_due_at = p_statutory, paused = p_paused, level = p_level
         WHERE id = p_case AND seq = p_from;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'case % is not at %', p_case, p_from USING ERRCODE = 'serialization_failure';
        END IF;
    ELSE
        INSERT INTO engine_case (
               id, uid, number, kind, title, matter_id, offering_id, offering_version_id, flow_id, org_id, applicant_id,
               applicant_name, applicant_kind, applicant_digest, secret_hash, parent_id, secrecy, channel, opened_at,
               asks_form,
               seq, last_hash, state, phase, stage, result, accepted_at, decided_at, concluded_at, due_at,
               statutory_due_at, paused, level)
        SELECT p_case, o.uid, o.number, o.kind, o.title, o.matter_id, o.offering_id, o.offering_version_id, o.flow_id,
               o.org_id, o.applicant_id, o.applicant_name, o.applicant_kind, o.applicant_digest, o.secret_hash, o.parent_id,
               o.secrecy,
               p_channel, o.opened_at, o.asks_form,
               p_seq, p_hash, p_state, p_phase, p_stage, p_result, p_accepted, p_decided, p_concluded, p_due,
               p_statutory, p_paused, p_level
          FROM jsonb_to_record(p_open) AS o(
               uid uuid, number text, kind text, title text, matter_id bigint, offering_id bigint,
               offering_version_id bigint, flow_id bigint, org_id bigint, applicant_id bigint, applicant_name text,
               applicant_kind text, applicant_digest text, secret_hash text, parent_id bigint, secrecy smallint, opened_at timestamptz,
               asks_form boolean);
    END IF;
    INSERT INTO engine_command (id, case_id, type, account_id, request_sha, outcome, created_at)
    VALUES (p_command, p_case, p_type, p_account, p_sha, p_outcome, p_now);
    IF p_events IS NOT NULL THEN
        INSERT INTO engine_event (
               case_id, seq, type, v, occurred_at, recorded_at, actor_kind, actor_id, actor_org_id, on_behalf_of,
               channel, command_id, payload, prev_hash, hash)
        SELECT p_case, e.seq, e.type, e.v, e.at, p_now, e.kind, e.actor, e.org, e.behalf,
               p_channel, p_command, e.payload, e.prev, e.hash
          FROM jsonb_to_recordset(p_events) AS e(
               seq int, type text, v smallint, at timestamptz, kind text, actor bigint, org bigint, behalf bigint,
               payload jsonb, prev bytea, hash bytea);
    END IF;
    IF p_personal IS NOT NULL THEN
        INSERT INTO engine_event_personal (case_id, seq, path, salt, value)
        SELECT p_case, s.seq, s.path, s.salt, s.value
          FROM jsonb_to_recordset(p_personal) AS s(seq int, path text, salt bytea, value jsonb);
    END IF;
    IF p_tasks IS NOT NULL THEN
        INSERT INTO engine_task (
               case_id, no, node, name, kind, post_id, org_id, assignee_id, status, opened_at, due_at, done_at,
               done_by_id, outcome, urged)
        SELECT p_case, t.no, t.node, t.name, t.kind, t.post, t.org, t.assignee, t.status, t.opened, t.due, t.done,
               t.by, t.outcome, t.urged
          FROM jsonb_to_recordset(p_tasks) AS t(
               no int, node text, name text, kind text, post bigint, org bigint, assignee bigint, status text,
               opened timestamptz, due timestamptz, done timestamptz, by bigint, outcome text, urged smallint)
        ON CONFLICT (case_id, no) DO UPDATE SET
               post_id = excluded.post_id, org_id = excluded.org_id, assignee_id = excluded.assignee_id,
               status = excluded.status, due_at = excluded.due_at, done_at = excluded.done_at,
               done_by_id = excluded.done_by_id, outcome = excluded.outcome, urged = excluded.urged;
    END IF;
    IF p_rewatch THEN
        IF p_fire IS NULL THEN
            DELETE FROM engine_watch WHERE case_id = p_case;
        ELSE
            INSERT INTO engine_watch (case_id, fire_at, rules)
            VALUES (p_case, p_fire, string_to_array(p_rules, ' '))
            ON CONFLICT (case_id) DO UPDATE SET fire_at = excluded.fire_at, rules = excluded.rules;
        END IF;
    END IF;
    IF p_outbox IS NOT NULL THEN
        INSERT INTO engine_outbox (topic, key, handler, case_id, payload, attempts, created_at, available_at)
        SELECT o.topic, o.key, o.handler, p_case, o.payload, 0, p_now, p_now
          FROM jsonb_to_recordset(p_outbox) AS o(topic text, key text, handler text, payload jsonb);
    END IF;
    IF p_form IS NOT NULL THEN
        INSERT INTO engine_case_data (case_id, no, data, sha256, command_id)
        SELECT p_case, coalesce(max(d.no), 0) + 1, p_form, p_form_sha, p_command
          FROM engine_case_data d WHERE d.case_id = p_case;
    END IF;
    IF p_files IS NOT NULL THEN
        INSERT INTO engine_attachment (id, case_id, material, name, file_id, added_by_id, added_at)
        SELECT f.id, p_case, f.material, f.name, f.sha256, p_account, p_now
          FROM jsonb_to_recordset(p_files) AS f(id uuid, material text, name text, sha256 text);
    END IF;
END $$;
