CREATE TABLE bäume (id INTEGER PRIMARY KEY, art VARCHAR(40));
SELECT id, art, 'höhe' AS "h" FROM bäume WHERE art <> 'höhe'
	ORDER BY art, id,	höhe