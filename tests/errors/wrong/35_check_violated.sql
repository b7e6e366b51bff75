CREATE TABLE lager (id INTEGER PRIMARY KEY, menge INTEGER, CONSTRAINT menge_gültig CHECK (menge >= 0));
/* ö */	INSERT INTO lager (id, menge) VALUES (1, 5), (2, -5);
SELECT 1;
