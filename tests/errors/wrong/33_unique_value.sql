CREATE TABLE städte (id INTEGER PRIMARY KEY, name VARCHAR(40), CONSTRAINT städte_name UNIQUE (name));
INSERT INTO städte (id, name) VALUES (1, 'Köln');
INSERT INTO /* ü */	städte (id, name) VALUES (2, 'Köln');
SELECT 1;
