CREATE TABLE a (id INTEGER PRIMARY KEY);
CREATE TABLE gerät (
	id INTEGER PRIMARY KEY,
	gewicht INTEGER CHECK (gewicht > 0),	-- gewicht
	notiz VARCHAR(40) DEFAULT 'gewicht',
	gewicht INTEGER CHECK (gewicht > 0)
);
SELECT 1;
