CREATE TABLE gäste (id INTEGER PRIMARY KEY, name VARCHAR(40));
INSERT INTO gäste (id, name) VALUES (1, 'tisch');
INSERT INTO gäste (id, name, tisch) VALUES (2, 'tisch ß', 4);
SELECT 1;
