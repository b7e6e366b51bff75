CREATE TABLE kunden (id INTEGER PRIMARY KEY, "order" INTEGER);
INSERT INTO kunden (id, "order") VALUES (1, 2);
CREATE TABLE bestellungen (
	id INTEGER PRIMARY KEY,	-- order; 'order'
	text VARCHAR(20) DEFAULT 'order by größe',
	"order" INTEGER,
	order INTEGER
);
