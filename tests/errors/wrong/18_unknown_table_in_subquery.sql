CREATE TABLE posten (id INTEGER PRIMARY KEY, rechnung INTEGER);
DELETE FROM posten /* rechnungen "ü" */
	WHERE rechnung IN (1, 2) OR rechnung NOT IN (SELECT id FROM "rechnungen");
SELECT 2;
