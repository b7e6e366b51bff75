CREATE TABLE tiere (id INTEGER PRIMARY KEY, laut VARCHAR(40));
SELECT id FROM tiere
	WHERE laut = 'AND AND' AND id > 1	AND -- AND ü
	AND id < 10 AND laut NOT IN ('muh 🐄', 'mäh 🐑', 'grunz 🐖', 'kikeriki 🐓', 'gack 🐔', 'wau 🐕', 'miau 🐈', 'i-ah');