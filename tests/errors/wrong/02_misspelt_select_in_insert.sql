CREATE TABLE brüder (id INTEGER PRIMARY KEY, name VARCHAR(40));
CREATE TABLE schwestern (id INTEGER PRIMARY KEY, name VARCHAR(40));
INSERT INTO brüder VALUES (1, 'SELCT');

INSERT INTO schwestern (id, name)
-- SELCT id; das ist 'nur' ein Kommentar mit "Zeichen"
	SELECT id, name FROM brüder WHERE name = 'SELCT ü'
	UNION ALL
	SELCT id + 100, name FROM brüder;
