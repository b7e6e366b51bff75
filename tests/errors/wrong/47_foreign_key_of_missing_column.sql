CREATE TABLE kunden (id INTEGER PRIMARY KEY, kunde INTEGER);
CREATE TABLE aufträge (
	id INTEGER PRIMARY KEY,	-- kunde
	notiz VARCHAR(40) DEFAULT 'kunde',
	FOREIGN KEY (kunde) REFERENCES kunden (id)
);
SELECT 1;
