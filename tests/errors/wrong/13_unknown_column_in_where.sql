CREATE TABLE bücher (id INTEGER PRIMARY KEY, titel VARCHAR(40), seiten INTEGER);
INSERT INTO bücher VALUES (1, 'seite', 100);
UPDATE bücher SET titel = 'seite', seiten = 3 /* seite */
	WHERE titel <> 'é seite'	AND seite > 50;
