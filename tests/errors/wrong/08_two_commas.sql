CREATE TABLE zählung (a INTEGER, b INTEGER, c INTEGER);
INSERT INTO zählung (a, b, c) VALUES
	(1, 2, 3), -- ", ,"
	(4,	5, 6),
	(7, , 9);