CREATE TABLE farben (id INTEGER PRIMARY KEY, name VARCHAR(40));
INSERT INTO farben (id, name)
	VALUES (1, 'grün', 3);
SELECT 1;
