CREATE TABLE neu (id INTEGER PRIMARY KEY, alt INTEGER);
-- alt; 'alt'
INSERT INTO neu (id, alt) VALUES (1, 2);
INSERT INTO neu (id, alt)
	SELECT id, 5 AS alt /* ö */ FROM	alt;
SELECT 1;
