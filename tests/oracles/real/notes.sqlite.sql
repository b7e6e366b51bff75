-- In the manner of a notes program: triggers, a full-text table, CASE in bodies, quoted names of every kind.
CREATE TABLE note (id INTEGER PRIMARY KEY, "it's" TEXT, [a;b] TEXT DEFAULT ';', `c` BLOB DEFAULT x'3B27');
CREATE TRIGGER note_begin AFTER INSERT ON note WHEN new.id > 1 BEGIN
  UPDATE note SET "it's" = CASE WHEN new.id % 2 = 0 THEN 'even; END' ELSE 'odd' END WHERE id = new.id;
  INSERT INTO log VALUES (new.id, 'BEGIN; -- ');
END;
CREATE TABLE log (note INTEGER, said TEXT);
INSERT INTO note (id) VALUES (1), (2), (3);
CREATE VIEW shown AS SELECT id, "it's" FROM note /* ; */ WHERE id IN (SELECT note FROM log);
PRAGMA user_version = 7;
ANALYZE;
