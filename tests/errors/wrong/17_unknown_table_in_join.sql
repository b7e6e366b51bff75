CREATE TABLE personen (id INTEGER PRIMARY KEY, städte INTEGER);
CREATE TABLE länder (id INTEGER PRIMARY KEY, name VARCHAR(40));
SELECT
	p.id, p.städte, l.name, 'städte'
FROM personen p
	JOIN länder l ON l.id = p.städte
	LEFT JOIN städte ON städte.id = p.städte
WHERE l.name = 'Österreich';
