CREATE TABLE käse (id INTEGER PRIMARY KEY, name VARCHAR(40), alter_tage INTEGER);
INSERT INTO käse VALUES (1, 'WERE', 3);
UPDATE käse
	SET name = 'Gruyère WERE', alter_tage = 4
	WERE id = 1;
SELECT 1;
