CREATE TABLE jahre (id INTEGER PRIMARY KEY, größe INTEGER);
WITH neu AS (SELECT id, größe AS grösse FROM jahre)
	SELECT neu.id, neu.grösse, 'neu.größe'	,
	neu.größe FROM neu WHERE neu.id > 0;
