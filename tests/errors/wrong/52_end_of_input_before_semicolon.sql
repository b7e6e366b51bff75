CREATE TABLE pläne (id INTEGER PRIMARY KEY, ziel VARCHAR(40));
INSERT INTO pläne VALUES (1, 'größer');
UPDATE pläne SET ziel = 'höher;' WHERE id =	;
SELECT 1;
