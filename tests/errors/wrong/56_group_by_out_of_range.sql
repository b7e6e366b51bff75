CREATE TABLE märkte (id INTEGER PRIMARY KEY, größe INTEGER);
SELECT größe, 99 AS neun, '99' AS t FROM märkte WHERE id <> 99
	GROUP BY größe, 99;
SELECT 1;
