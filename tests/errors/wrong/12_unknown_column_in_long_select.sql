CREATE TABLE quelle (id INTEGER PRIMARY KEY, vorname VARCHAR(40), nachname VARCHAR(40), preis INTEGER);
CREATE TABLE ziel (id INTEGER PRIMARY KEY, vorname VARCHAR(40), nachname VARCHAR(40), preiss INTEGER);
INSERT INTO quelle VALUES (1, 'Zoë', 'Müller', 5);
INSERT INTO ziel (id, vorname, nachname, preiss)
	SELECT
		id,	-- preiss; "preiss"
		vorname,
		coalesce(nachname, 'preiss ü'),
		preiss
	FROM quelle
	WHERE preis > 3 AND vorname <> 'preiss'
	ORDER BY id;
DROP TABLE quelle;
