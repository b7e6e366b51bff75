CREATE TABLE zahlen (id INTEGER PRIMARY KEY, zwölf INTEGER CHECK (zwölf < 100));
INSERT INTO zahlen (id, zwölf) VALUES (1, 12),
	/* 'zwölf' */ (2,	'zwölf');
SELECT 1;
