CREATE TABLE menüs (id INTEGER PRIMARY KEY, gang INTEGER);
CREATE INDEX preis ON menüs (gang, /* preis */	preis);
SELECT 1;
