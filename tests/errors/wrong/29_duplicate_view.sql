CREATE TABLE fälle (id INTEGER PRIMARY KEY);
CREATE VIEW übersicht AS SELECT id FROM fälle;
CREATE VIEW	übersicht AS SELECT id, 'übersicht' AS t FROM fälle;
