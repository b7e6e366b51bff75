CREATE TABLE maße (
	länge INTEGER NOT NULL,
	breite INTEGER NOT NULL DEFAULT 7, -- höhe
	PRIMARY KEY (länge, höhe)
);
SELECT 1;
