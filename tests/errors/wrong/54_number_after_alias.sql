CREATE TABLE drei (id INTEGER PRIMARY KEY, name3 VARCHAR(3));
SELECT id + 3, '3' AS "ü3" FROM drei AS d JOIN drei ON d.id = 3 + drei.id JOIN drei /* 3 */	LIMTI 3;
SELECT 3;
