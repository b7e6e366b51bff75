CREATE TABLE väter (id INTEGER PRIMARY KEY, name VARCHAR(40));
CREATE TABLE mütter (id INTEGER PRIMARY KEY, name VARCHAR(40));
SELECT v.name, m.name, 'name',	-- name
	name
	FROM väter v JOIN mütter m ON m.id = v.id;
SELECT 1;
