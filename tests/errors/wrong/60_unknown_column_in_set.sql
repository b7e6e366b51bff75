CREATE TABLE preise (id INTEGER PRIMARY KEY, name VARCHAR(40));
INSERT INTO preise VALUES (1, 'netto');
UPDATE preise SET name = 'netto für', id = 3,
	netto = 5 WHERE name = 'netto';
