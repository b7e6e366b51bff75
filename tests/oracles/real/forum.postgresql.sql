-- In the manner of a forum's: transactions of its own with isolation levels, DO blocks that commit, concurrent indexes.
BEGIN;
CREATE TABLE topic (id int PRIMARY KEY, title varchar(200) NOT NULL, posts int NOT NULL DEFAULT 0, words tsvector);
CREATE TABLE post (id int PRIMARY KEY, topic int REFERENCES topic ON DELETE CASCADE, body text);
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO topic (id, title) SELECT n, 'topic ' || n FROM generate_series(1, 50) AS n;
INSERT INTO post SELECT n, 1 + n % 50, repeat('word; ', n % 3) FROM generate_series(1, 500) AS n;
COMMIT;
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT id FROM topic ORDER BY id LOOP
        UPDATE topic SET posts = (SELECT count(*) FROM post WHERE post.topic = one.id) WHERE id = one.id;
        IF one.id % 20 = 0 THEN COMMIT; END IF;
    END LOOP;
END $$;
CREATE INDEX CONCURRENTLY post_topic ON post (topic);
CREATE INDEX CONCURRENTLY post_body ON post USING gin (to_tsvector('simple', body));
BEGIN;
SAVEPOINT before_words;
UPDATE topic SET words = to_tsvector('simple', title);
RELEASE SAVEPOINT before_words;
COMMENT ON TABLE topic IS 'it''s a "topic"; with -- marks and /* more */';
END;
CREATE PROCEDURE close_topics(INOUT done int) LANGUAGE plpgsql AS 'BEGIN UPDATE topic SET posts = -1 WHERE id > 45; COMMIT; done := 5; END';
CALL close_topics(0);
