CREATE TABLE rechnung (id INTEGER PRIMARY KEY, betrag INTEGER);
INSERT INTO rechnung VALUES (1, 100);
INSERT INTO rechnung (id, betrag)
	SELECT id + 1, /* netto(1) */ coalesce(betrag, 1) + netto(betrag)
	FROM rechnung WHERE 'netto(ü)' <> '';
SELECT 1;
