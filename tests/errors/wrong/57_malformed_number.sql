CREATE TABLE maße (id INTEGER PRIMARY KEY, notiz VARCHAR(40));
INSERT INTO maße VALUES (12, '12cm'), /* 12cm */
	(13, 'ä'), (14,	12cm);
