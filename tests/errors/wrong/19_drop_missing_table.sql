CREATE TABLE grün (id INTEGER PRIMARY KEY);
	DROP TABLE	/* grüner; */ grüner;
SELECT 1;
