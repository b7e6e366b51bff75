CREATE TABLE straßen (id INTEGER PRIMARY KEY, name VARCHAR(40));
INSERT INTO straßen VALUES (1, 'name'), (2, 'name');
CREATE UNIQUE INDEX	straßen_name ON straßen (name);
