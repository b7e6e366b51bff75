CREATE TABLE väter (id INTEGER PRIMARY KEY, größe INTEGER);
CREATE TABLE mütter (id INTEGER PRIMARY KEY, größe INTEGER);
SELECT v.größe AS größe
	FROM väter v JOIN mütter m ON m.id = v.id
	WHERE v.größe > 170 AND /* 'größe' */ größe < 190;
