-- A question that is tied to a document, taken off it, released or withdrawn changes what the public sees of the document.
CREATE FUNCTION openness_question_seen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    question openness_question := coalesce(NEW, OLD);
BEGIN
    UPDATE disclosure_record SET changed_at = clock_timestamp()
        WHERE id = question.record_id AND released_at IS NOT NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER openness_question_seen AFTER INSERT OR UPDATE OR DELETE ON openness_question
    FOR EACH ROW EXECUTE FUNCTION openness_question_seen();

CREATE FUNCTION openness_answer_seen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE disclosure_record SET changed_at = clock_timestamp()
        WHERE released_at IS NOT NULL
          AND id IN (SELECT record_id FROM openness_question WHERE answer_id = NEW.consultation_id);
    RETURN NULL;
END $$;

CREATE TRIGGER openness_answer_seen AFTER UPDATE ON consultation_publicanswer
    FOR EACH ROW EXECUTE FUNCTION openness_answer_seen();

CREATE FUNCTION openness_digest_seen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE disclosure_record SET changed_at = clock_timestamp()
        WHERE released_at IS NOT NULL
          AND id IN (SELECT record_id FROM openness_question WHERE digest_id = NEW.inquiry_id);
    RETURN NULL;
END $$;

CREATE TRIGGER openness_digest_seen AFTER UPDATE ON inquiry_digest
    FOR EACH ROW EXECUTE FUNCTION openness_digest_seen();
