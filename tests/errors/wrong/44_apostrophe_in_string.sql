CREATE TABLE namen (id INTEGER PRIMARY KEY, s VARCHAR(40));
INSERT INTO namen (id, s) VALUES (1, 'it''s größer');
INSERT INTO namen (id, s) VALUES (2, 's'), (3, 'L''été'), (4, 'it's größer');
SELECT s FROM namen;
