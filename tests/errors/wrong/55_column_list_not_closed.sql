CREATE TABLE wünsche (id INTEGER PRIMARY KEY, "values" VARCHAR(40));
INSERT INTO wünsche (id, "values"	/* VALUES */
	VALUES (1, 'VALUES'), (2, 'b');
