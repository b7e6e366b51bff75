CREATE TABLE a (id INTEGER PRIMARY KEY);
CREATE TABLE straßen (
	id INTEGER PRIMARY KEY,
	name VARCHAR(40) DEFAULT 'größe (2)'
-- hier fehlt eine Klammer: )
/* und hier; auch ) */
