CREATE TABLE trigger_log (id INTEGER); CREATE TABLE "trigger" (id INTEGER);
CREATE VIEW v AS SELECT 1 AS begin_, 2 AS "end";
CREATE INDEX trigger_end ON trigger_log (id);
SELECT 'CREATE TRIGGER a BEGIN'; SELECT 1;
