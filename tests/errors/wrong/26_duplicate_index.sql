CREATE TABLE töne (id INTEGER PRIMARY KEY, höhe INTEGER, länge INTEGER);
CREATE INDEX töne_höhe ON töne (höhe);
CREATE INDEX	töne_höhe ON töne (länge);
