CREATE TABLE maße (id INTEGER PRIMARY KEY, wert INTEGER);
INSERT INTO maße VALUES (1, 2);
INSERT INTO maße VALUES (2, (3)), (3, ((4)))	/* ü)) */ , (4, 5), (4, 5), (4, 5)),	(4, 5), (4, 5), (4, 5), (4, 5), (4, 5), (4, 5), (4, 5), (4, 5), (4, 5), (4, 5), (4, 5), (4, 5);
INSERT INTO maße VALUES (6, 7);
