-- Käse und Brot; "VALEUS" wäre falsch, 'VALEUS' auch
CREATE TABLE käse (id INTEGER PRIMARY KEY, name VARCHAR(40));
INSERT INTO käse VALUES (1, 'VALEUS; größer 😀');
/* VALEUS */	INSERT INTO	käse (id, name)	VALEUS (2, 'é 😀; größer 😀');
SELECT 4;
