CREATE TABLE summen (id INTEGER PRIMARY KEY, sum INTEGER);
INSERT INTO summen VALUES (1, 2);
	DELETE FROM summen WHERE sum > 4 AND 'sum(ü)' <> ''	AND sum(id) > 5;
