CREATE TABLE noten (id INTEGER PRIMARY KEY, note VARCHAR(40));
INSERT INTO noten (id, note)
	SELECT id + 1, CASE WHEN note = 'FROM' THEN 'süß' ELSE 'sauer; END'
	FROM noten WHERE id > 1;
SELECT 1;
